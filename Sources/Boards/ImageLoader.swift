internal import Backplane
internal import Bits

/// Where something lies in memory at power-on.
public struct ImagePlacement: Hashable, Sendable {
  /// What it is: the role of an image, `device tree` or `boot ROM`.
  public let what: String
  /// The name of the image; empty for what the board makes itself.
  public let name: String
  /// The guest-physical address of its first byte.
  public let address: UInt64
  /// The offset of that byte in the image.
  public let offset: UInt64
  /// Bytes.
  public let byteCount: UInt64
}

/// Puts images into memory and remembers where, so that none lies on another.
struct ImageLoader {
  /// Where to put them; `nil` when only the places are wanted.
  let memory: Memory?
  let configuration: VirtConfiguration
  private var taken: [(what: String, range: Range<UInt64>)] = []
  private var firmwareEntry: UInt64?
  private var kernelEntry: UInt64?
  private var kernelIsELF = false
  private var initrd: Range<UInt64>?
  /// What was put where, in the order in which that was done: where two overlap, the later counts.
  private(set) var placements: [ImagePlacement] = []
  /// The name of the image that is being loaded.
  private var name = ""

  /// Flat kernels go here: the first 2 MiB are the firmware's (QEMU does the same).
  private static let kernelBase = VirtMap.ramBase + 0x20_0000
  /// Boundary for what is put behind the kernel.
  private static let alignment: UInt64 = 0x20_0000

  init(memory: Memory?, configuration: VirtConfiguration) {
    (self.memory, self.configuration) = (memory, configuration)
  }

  private var ramEnd: UInt64 { VirtMap.ramBase + configuration.ramSize }

  /// Loads `image`, after what was loaded before.
  mutating func load(_ image: BoardImage) throws(ImageError) {
    name = image.name
    defer { name = "" }
    do {
      switch image.role {
      case .firmware: try loadFirmware(image.bytes)
      case .kernel: try loadKernel(image.bytes)
      case .initrd: try loadInitrd(image.bytes)
      }
    } catch {
      throw ImageError(role: image.role.rawValue, name: image.name, problem: error)
    }
  }

  private mutating func loadFirmware(_ bytes: [UInt8]) throws(ImageProblem) {
    if ELFImage.isELF(bytes) {
      firmwareEntry = try loadELF(bytes, "firmware")
    } else {
      guard !bytes.isEmpty else { throw .truncated(what: "the firmware", at: 0) }
      try place(bytes, at: VirtMap.ramBase, memorySize: UInt64(bytes.count), "firmware")
      firmwareEntry = VirtMap.ramBase
    }
  }

  private mutating func loadKernel(_ bytes: [UInt8]) throws(ImageProblem) {
    if ELFImage.isELF(bytes) {
      kernelEntry = try loadELF(bytes, "kernel")
      kernelIsELF = true
      return
    }
    if let kind = Self.compression(of: bytes) { throw .compressed(kind) }
    guard firmwareEntry != nil else { throw .notELF }
    guard !bytes.isEmpty else { throw .truncated(what: "the kernel", at: 0) }
    // A Linux Image says how much memory it takes (kernel documentation, "Boot image header in RISC-V Linux").
    var size = UInt64(bytes.count)
    if bytes.littleEndian(UInt32.self, at: 0x38) == 0x0543_5352, let declared = bytes.littleEndian(UInt64.self, at: 16)
    {
      guard declared <= configuration.ramSize else {
        throw .outsideRAM(first: Self.kernelBase, last: Self.kernelBase &+ declared &- 1)
      }
      size = max(size, declared)
    }
    try place(bytes, at: Self.kernelBase, memorySize: size, "kernel")
    kernelEntry = Self.kernelBase
  }

  private mutating func loadInitrd(_ bytes: [UInt8]) throws(ImageProblem) {
    guard !bytes.isEmpty else { throw .truncated(what: "the initial RAM disk", at: 0) }
    let behind = taken.map(\.range.upperBound).max() ?? Self.kernelBase
    guard let base = max(behind, Self.kernelBase).roundedUp(to: Self.alignment) else {
      throw .outsideRAM(first: behind, last: behind)
    }
    try place(bytes, at: base, memorySize: UInt64(bytes.count), "initrd")
    initrd = base..<(base + UInt64(bytes.count))
  }

  private static func compression(of bytes: [UInt8]) -> String? {
    if bytes.starts(with: [0x1f, 0x8b]) { return "gzip" }
    if bytes.starts(with: [0xfd, 0x37, 0x7a, 0x58, 0x5a]) { return "xz" }
    if bytes.starts(with: [0x28, 0xb5, 0x2f, 0xfd]) { return "zstd" }
    if bytes.starts(with: [0x4d, 0x5a]), bytes.dropFirst(4).starts(with: [0x7a, 0x69, 0x6d, 0x67]) {
      return "an EFI zboot image"
    }
    return nil
  }

  private mutating func loadELF(_ bytes: [UInt8], _ what: String) throws(ImageProblem) -> UInt64 {
    let elf = try ELFImage(bytes)
    for segment in elf.segments {
      try place(
        Array(bytes[segment.bytes]), at: segment.address, memorySize: segment.memorySize, what,
        offset: segment.bytes.lowerBound)
    }
    return elf.entry
  }

  private mutating func place(
    _ bytes: [UInt8], at address: UInt64, memorySize: UInt64, _ what: String, offset: Int = 0
  ) throws(ImageProblem) {
    let (end, overflow) = address.addingReportingOverflow(memorySize)
    guard !overflow, address >= VirtMap.ramBase, end <= ramEnd else {
      throw .outsideRAM(first: address, last: address &+ memorySize &- 1)
    }
    // Segments of one ELF file may share a page but not bytes; the linker sees to that, and a file that breaks it only
    // harms itself.
    for other in taken where other.what != what && other.range.overlaps(address..<end) {
      throw .overlaps(other: other.what, first: address, last: end - 1)
    }
    taken.append((what, address..<end))
    put(bytes, at: address, what, offset: offset)
  }

  private mutating func put(_ bytes: [UInt8], at address: UInt64, _ what: String, offset: Int = 0) {
    placements.append(
      ImagePlacement(
        what: what, name: name, address: address, offset: UInt64(offset), byteCount: UInt64(bytes.count)))
    memory?.write(address, bytes)
  }

  /// Makes the device tree and the boot ROM, and returns the reset vector.
  mutating func finish() throws(ImageError) -> UInt64 {
    guard let start = firmwareEntry ?? (kernelIsELF ? kernelEntry : nil) else {
      throw ImageError(role: "kernel", name: "", problem: .missing("a machine needs a kernel or firmware to start"))
    }
    let tree = VirtDeviceTree.blob(configuration, initrd: initrd)
    let treeBase = try placeTree(tree)
    let rom = BootROM.bytes(
      start: start, deviceTree: treeBase, next: firmwareEntry == nil ? 0 : kernelEntry ?? 0)
    put(rom, at: VirtMap.rom.base, "boot ROM")
    return VirtMap.rom.base
  }

  /// The device tree goes to the top of RAM, below 3 GiB from its start, where every firmware can reach it.
  private mutating func placeTree(_ tree: [UInt8]) throws(ImageError) -> UInt64 {
    let top = min(ramEnd, VirtMap.ramBase + (3 << 30))
    let base = (top - UInt64(tree.count)) & ~(Self.alignment - 1)
    do {
      try place(tree, at: base, memorySize: UInt64(tree.count), "device tree")
    } catch {
      throw ImageError(role: "device tree", name: "", problem: error)
    }
    return base
  }
}
