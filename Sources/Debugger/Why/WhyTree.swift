public import Backplane
public import VirtualTime

/// Something that has a value, and of which can be asked where that came from.
public enum WhySubject: Hashable, Sendable {
  /// A register.
  case register(RegisterDescription)
  /// Memory, in the order of its bytes.
  case memory([MemoryPiece])
}

/// How far to follow a value back.
public struct WhyOptions: Hashable, Sendable {
  /// The most writers behind one another, at least 1.
  public var depth: Int
  /// Whether to follow the registers that only say where memory is read or written.
  public var followsAddresses: Bool
  /// The most nodes; the rest is cut off.
  public var nodeCountMax: Int
  /// The hart whose registers and addresses are meant.
  public var hart: Int

  /// Options.
  public init(depth: Int = 4, followsAddresses: Bool = false, nodeCountMax: Int = 200, hart: Int = 0) {
    (self.depth, self.followsAddresses, self.nodeCountMax, self.hart) = (depth, followsAddresses, nodeCountMax, hart)
  }
}

/// Where a value came from: its last writer, the writers of what that made it of, and so on.
public struct WhyTree: Hashable, Sendable {
  /// What was asked about.
  public let root: WhyNode
  /// The moment whose value was asked about.
  public let moment: Moment
  /// How far it was followed.
  public let options: WhyOptions
  /// How many nodes there are.
  public let nodeCount: Int
  /// Whether it would have had more nodes than were allowed.
  public let isCut: Bool
}

/// One value on the way back.
public struct WhyNode: Hashable, Sendable {
  /// Its number in the tree: 1 for the root, in the order in which the tree is read.
  public let number: Int
  /// What holds the value, for people: `a0`, `8 bytes at 0x80003000`, `constant`.
  public let name: String
  /// The number of the register, when it is one.
  public let register: Int?
  /// The memory, when it is that.
  public let memory: [MemoryPiece]
  /// The symbol at the virtual address of the memory.
  public let symbol: String?
  /// The value, its least significant byte first; empty when there is none to tell.
  public let value: [UInt8]
  /// Whether it only says where the value was read or written.
  public let isAddress: Bool
  /// Where the value came from.
  public let origin: WhyOrigin
  /// What it was made of; of a value in pieces, the pieces.
  public let sources: [WhyNode]

  /// A value.
  public init(
    number: Int, name: String, register: Int? = nil, memory: [MemoryPiece] = [], symbol: String? = nil,
    value: [UInt8] = [], isAddress: Bool = false, origin: WhyOrigin, sources: [WhyNode] = []
  ) {
    (self.number, self.name, self.register, self.memory) = (number, name, register, memory)
    (self.symbol, self.value, self.isAddress) = (symbol, value, isAddress)
    (self.origin, self.sources) = (origin, sources)
  }
}

/// Where a value came from.
public enum WhyOrigin: Hashable, Sendable {
  /// A step wrote it.
  case written(WhyWriter)
  /// Its bytes come from several places, which are the sources; the latest step that wrote any of them.
  case pieces(latest: WhyWriter?)
  /// Nothing has written it since the start of the trace.
  case start(WhyStart)
  /// The instruction holds it, or computes it from its own address.
  case constant
  /// It was read from a register of a device, perhaps as a byte that came in from outside.
  case device(name: String, offset: UInt64, byteCount: Int, input: WhyInput?)
  /// The interrupt line of a device.
  case line(device: String)
  /// A register that runs by itself, such as a count of cycles.
  case counter
  /// A register that shows wires.
  case wires
  /// A register that never changes.
  case fixed
  /// Something else, which the name tells.
  case other
  /// The node of this number, where it is shown.
  case seen(Int)
  /// It was not followed.
  case unfollowed(WhyLimit)
}

/// Why a value was not followed.
public enum WhyLimit: String, Hashable, Sendable {
  /// It lies deeper than was asked for.
  case depth
  /// There were as many nodes as may be.
  case count
}

/// The step that wrote a value.
public struct WhyWriter: Hashable, Sendable {
  /// What kind of step.
  public enum Kind: Hashable, Sendable {
    /// An instruction that retired.
    case instruction
    /// The entry of a trap: an interrupt, or an exception of the instruction.
    case trap(name: String, isInterrupt: Bool)
    /// The walk for a virtual address, on behalf of the instruction, which set bits of a page-table entry.
    case walk(address: UInt64)
  }

  /// What kind of step.
  public let kind: Kind
  /// The first moment of the step: the machine stands before it.
  public let moment: Moment
  /// The hart.
  public let hart: Int
  /// The name of its privilege mode.
  public let privilege: String
  /// The address of the instruction; of a trap, of the one that it came instead of.
  public let programCounter: UInt64
  /// The symbol there, with the line of the source when that is known.
  public let symbol: String?
  /// The instruction as text.
  public let instruction: String?
  /// The guest time, for people.
  public let timeText: String
  /// What was there before, least significant byte first.
  public let before: [UInt8]
  /// What it wrote, when somebody has changed that in the debugger since.
  public let wrote: [UInt8]?
}

/// What a value was at the start.
public enum WhyStart: Hashable, Sendable {
  /// The value that a register has at power-on.
  case powerOn
  /// Bytes of memory.
  case memory(MemoryOrigin)
  /// What it was where the trace begins, which is later than power-on.
  case trace
}

/// How memory came to hold what it held at power-on.
public enum MemoryOrigin: Hashable, Sendable {
  /// From an image: its role and name, and the offset in its file.
  case image(role: String, name: String, offset: UInt64)
  /// Something that the board itself puts there, such as its device tree; and the offset in it.
  case made(String, offset: UInt64)
  /// Nothing was put there: zero.
  case zero
  /// Nobody knows here.
  case unknown
}

/// A stretch of memory and how it came to hold what it held at power-on.
public struct MemoryOriginStretch: Hashable, Sendable {
  /// Bytes.
  public let byteCount: Int
  /// How they came there.
  public let origin: MemoryOrigin

  /// A stretch.
  public init(byteCount: Int, origin: MemoryOrigin) { (self.byteCount, self.origin) = (byteCount, origin) }
}

/// A byte that came in from outside.
public struct WhyInput: Hashable, Sendable {
  /// When it entered; when `isCertain` is false, when the latest entered that it can be.
  public let moment: Moment
  /// The byte.
  public let byte: UInt8
  /// Whether it is known to be this one, by counting all that entered and all that still waits.
  public let isCertain: Bool

  /// An input.
  public init(moment: Moment, byte: UInt8, isCertain: Bool) {
    (self.moment, self.byte, self.isCertain) = (moment, byte, isCertain)
  }
}

/// What became of one step.
public struct StepOutcome: Hashable, Sendable {
  /// The trap that was entered, when no instruction retired.
  public let trap: TrapDescription?
  /// What was read from a register of a device.
  public let readValue: UInt64?
  /// The input that was read with it.
  public let input: WhyInput?

  /// An outcome.
  public init(trap: TrapDescription? = nil, readValue: UInt64? = nil, input: WhyInput? = nil) {
    (self.trap, self.readValue, self.input) = (trap, readValue, input)
  }
}
