/// Where things are in an image and in guest memory, in bytes. All addresses lie in the first 16 MiB of RAM.
public enum ImageLayout {
  /// Where the image is loaded and starts.
  public static let base: UInt64 = 0x8000_0000
  /// RAM the image needs.
  public static let ramBytes: UInt64 = 16 << 20

  /// The image starts with a jump over its parameters, which are doublewords.
  enum Parameter: Int, CaseIterable {
    /// Address of the first starting block.
    case blocks
    /// How many programs.
    case programs
    /// The program whose state is printed word by word; -1 for none.
    case verbose
    /// The odd multiplier of the hash.
    case multiplier

    var offset: Int { 8 + 8 * rawValue }
    var address: Int { Int(ImageLayout.base) + offset }
  }

  /// What a program starts with, as doublewords: `x1` to `x31`, `f0` to `f31`, then these, then the scratch area.
  enum StartingBlock {
    static let float = 31 * 8
    static let floatControl = 63 * 8
    static let machineScratch = 64 * 8
    static let entry = 65 * 8
    static let scratch = 66 * 8
    static let bytes = scratch + scratchBytes
  }

  /// The state block: what the epilogue saves, then the log of traps, then what the harness keeps for itself.
  enum StateBlock {
    static let address = 0x8040_0000
    static let float = 32 * 8
    static let floatControl = 64 * 8
    static let machineScratch = 65 * 8
    static let trapCount = 66 * 8
    /// The newest 32 traps, in a ring: cause, pc, value.
    static let traps = 67 * 8
    static let trapRecordBytes = 24
    static let trapRecords = 32
    /// The end of what is hashed and compared.
    static let end = traps + trapRecords * trapRecordBytes
    static let saved = end
    static let index = end + 8 * 8
  }

  /// Bytes of the area programs load from and store to.
  static let scratchBytes = 4096
  /// It starts in the middle of a page, so that accesses cross a page boundary.
  static let scratchAddress = 0x8040_0800
  /// What the scratch register holds.
  static let scratchMiddle = scratchAddress + scratchBytes / 2

  /// A program that traps more often than this is stopped: it is not what was generated.
  static let trapLimit = 500
}

/// A doubleword that the end of a program is judged by.
public enum ComparedWord: Hashable, CustomStringConvertible, Sendable {
  case integer(Int)
  case float(Int)
  case floatControl
  case machineScratch
  case trapCount
  case trapCause(Int)
  case trapPC(Int)
  case trapValue(Int)
  /// Byte offset from the scratch register.
  case scratch(Int)

  /// All of them, in the order in which a verbose image prints them.
  public static let all: [ComparedWord] = {
    let registers = (0..<32).map(ComparedWord.integer) + (0..<32).map(ComparedWord.float)
    let traps = (0..<ImageLayout.StateBlock.trapRecords).flatMap { [trapCause($0), trapPC($0), trapValue($0)] }
    let memory = stride(from: 0, to: ImageLayout.scratchBytes, by: 8).map {
      scratch(ImageLayout.scratchAddress - ImageLayout.scratchMiddle + $0)
    }
    return registers + [floatControl, machineScratch, trapCount] + traps + memory
  }()

  /// The name people know it by.
  public var description: String {
    switch self {
    case .integer(let number): "x\(number)"
    case .float(let number): "f\(number)"
    case .floatControl: "fcsr"
    case .machineScratch: "mscratch"
    case .trapCount: "traps taken"
    case .trapCause(let number): "trap \(number) mcause"
    case .trapPC(let number): "trap \(number) mepc"
    case .trapValue(let number): "trap \(number) mtval"
    case .scratch(let offset): "memory at scratch\(offset < 0 ? "" : "+")\(offset)"
    }
  }
}
