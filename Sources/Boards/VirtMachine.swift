public import Backplane
internal import Bits

/// What an image is to the board.
public enum ImageRole: String, CaseIterable, Sendable {
  /// Starts first, in machine mode: OpenSBI. Loaded at the start of RAM, or as an ELF file says.
  case firmware
  /// What the firmware starts; without firmware, an ELF file started in machine mode.
  case kernel
  /// The initial RAM disk handed to the kernel.
  case initrd
}

/// An image to load.
public struct BoardImage: Sendable {
  /// What it is.
  public let role: ImageRole
  /// A name for people.
  public let name: String
  /// Its bytes.
  public let bytes: [UInt8]

  /// An image.
  public init(role: ImageRole, name: String, bytes: [UInt8]) {
    (self.role, self.name, self.bytes) = (role, name, bytes)
  }
}

/// What is to be settled before power-on, besides the images.
public struct VirtConfiguration: Hashable, Sendable {
  /// The least RAM, in bytes.
  public static let ramSizeMin: UInt64 = 16 << 20
  /// The most RAM, in bytes.
  public static let ramSizeMax: UInt64 = 64 << 30

  /// RAM in bytes: a multiple of 4 KiB, `ramSizeMin` to `ramSizeMax`.
  public var ramSize: UInt64
  /// What the calendar clock shows at power-on, in nanoseconds since 1970-01-01 00:00 UTC.
  public var epochNanoseconds: UInt64
  /// The kernel's arguments.
  public var bootArguments: String
  /// What the guest's random seed (`rng-seed` in the device tree) starts from.
  public var seed: UInt64

  /// A configuration.
  public init(ramSize: UInt64, epochNanoseconds: UInt64 = 0, bootArguments: String = "", seed: UInt64 = 0) {
    (self.ramSize, self.epochNanoseconds) = (ramSize, epochNanoseconds)
    (self.bootArguments, self.seed) = (bootArguments, seed)
  }

  /// Whether the size of RAM is one the board can have.
  public var isRAMSizeValid: Bool {
    ramSize % Memory.pageSize == 0 && (Self.ramSizeMin...Self.ramSizeMax).contains(ramSize)
  }
}

/// Builds machines of the board `virt`: loads images, makes the device tree, sets the boot ROM.
public enum VirtMachine {
  /// The name of the board in traces.
  public static let boardName = "virt"

  /// A machine at power-on. `image` is asked for each of `roles` in turn and its bytes are let go before the next is
  /// asked for, so that no more than one is held.
  /// - Throws: `ImageError`, or what `image` throws.
  public static func make(
    _ configuration: VirtConfiguration, roles: [ImageRole], image: (ImageRole) throws -> BoardImage
  ) throws -> Machine<VirtBoard> {
    precondition(configuration.isRAMSizeValid, "the size of RAM has been checked")
    guard
      let memory = Memory(
        romBase: VirtMap.rom.base, romSize: VirtMap.rom.size, ramBase: VirtMap.ramBase, ramSize: configuration.ramSize)
    else { throw ImageError(role: "RAM", name: "", problem: .missing("the host has no room for it")) }
    var loader = ImageLoader(memory: memory, configuration: configuration)
    // Firmware first, then the kernel, then the initial RAM disk, which goes where there is room behind the kernel.
    for role in ImageRole.allCases where roles.contains(role) { try loader.load(image(role)) }
    let board = VirtBoard(resetVector: try loader.finish(), epochNanoseconds: configuration.epochNanoseconds)
    return Machine(board: board, memory: memory)
  }

  /// What lies where in the memory of such a machine, in the order in which it is put there: where two overlap, the
  /// later counts. What is not told of is zero.
  /// - Throws: `ImageError`, or what `image` throws.
  public static func placements(
    _ configuration: VirtConfiguration, roles: [ImageRole], image: (ImageRole) throws -> BoardImage
  ) throws -> [ImagePlacement] {
    precondition(configuration.isRAMSizeValid, "the size of RAM has been checked")
    var loader = ImageLoader(memory: nil, configuration: configuration)
    for role in ImageRole.allCases where roles.contains(role) { try loader.load(image(role)) }
    _ = try loader.finish()
    return loader.placements
  }

  /// A machine at power-on with all its images at hand.
  public static func make(_ configuration: VirtConfiguration, images: [BoardImage]) throws -> Machine<VirtBoard> {
    try make(configuration, roles: images.map(\.role)) { role in
      guard let image = images.first(where: { $0.role == role }) else {
        preconditionFailure("only the roles of the images are asked for")
      }
      return image
    }
  }

  /// The address of symbol `name` in the ELF file `bytes`, if it is one and has it.
  public static func symbol(_ name: String, in bytes: [UInt8]) -> UInt64? {
    (try? ELFImage(bytes))?.symbol(name)
  }
}
