public import VirtualTime

/// What a run starts from. With the images it is all that a replay needs besides the inputs.
public struct TraceHeader: Equatable, Sendable {
  /// The name of the board.
  public var board: String
  /// The board's parameters that are numbers, in the board's order.
  public var parameters: [Parameter<UInt64>]
  /// The board's parameters that are text, such as boot arguments, in the board's order.
  public var textParameters: [Parameter<String>]
  /// The name of the cost model that gives instructions their cycles.
  public var costModel: String
  /// The revision of the cost model's table.
  public var costModelRevision: UInt64
  /// What the machine's own random numbers start from.
  public var seed: UInt64
  /// What the guest's calendar clock shows at power-on, in nanoseconds since 1970-01-01 00:00 UTC.
  public var epochNanoseconds: UInt64
  /// Steps between two rungs of the ladder.
  public var rungIntervalSteps: UInt64
  /// The images, in the order in which they are loaded.
  public var images: [ImageReference]

  /// A header.
  public init(
    board: String, parameters: [Parameter<UInt64>] = [], textParameters: [Parameter<String>] = [], costModel: String,
    costModelRevision: UInt64, seed: UInt64, epochNanoseconds: UInt64, rungIntervalSteps: UInt64,
    images: [ImageReference] = []
  ) {
    (self.board, self.parameters, self.textParameters) = (board, parameters, textParameters)
    (self.costModel, self.costModelRevision, self.seed) = (costModel, costModelRevision, seed)
    (self.epochNanoseconds, self.rungIntervalSteps) = (epochNanoseconds, rungIntervalSteps)
    self.images = images
  }

  /// The value of the number parameter `name`.
  public func parameter(_ name: String) -> UInt64? { parameters.first { $0.name == name }?.value }
  /// The value of the text parameter `name`.
  public func textParameter(_ name: String) -> String? { textParameters.first { $0.name == name }?.value }
}

/// A named value of a board.
public struct Parameter<Value: Hashable & Sendable>: Hashable, Sendable {
  /// The name.
  public var name: String
  /// The value.
  public var value: Value

  /// `value`, called `name`.
  public init(_ name: String, _ value: Value) { (self.name, self.value) = (name, value) }
}

/// An image that the run loads: always named by its digest, its bytes embedded or not.
public struct ImageReference: Hashable, Sendable {
  /// What it is to the board: `firmware`, `kernel`, `initrd`.
  public var role: String
  /// A name for people: the last part of a file name, never a path.
  public var name: String
  /// The guest-physical address it is loaded at; zero where the board or the image itself decides.
  public var loadAddress: UInt64
  /// Its size in bytes.
  public var byteCount: UInt64
  /// Its SHA-256 digest, 32 bytes, computed and checked by the caller.
  public var sha256: [UInt8]
  /// Whether the bytes are in the trace.
  public var isEmbedded: Bool

  /// A reference to an image.
  public init(role: String, name: String, loadAddress: UInt64, byteCount: UInt64, sha256: [UInt8], isEmbedded: Bool) {
    precondition(sha256.count == 32, "a SHA-256 digest has 32 bytes")
    (self.role, self.name, self.loadAddress) = (role, name, loadAddress)
    (self.byteCount, self.sha256, self.isEmbedded) = (byteCount, sha256, isEmbedded)
  }
}

/// Something that entered the machine.
public struct InputRecord: Hashable, Sendable {
  /// The most bytes one input may have.
  public static let maximumByteCount = 1 << 20

  /// When it entered.
  public var moment: Moment
  /// The slot of the device it is for.
  public var slot: UInt8
  /// What entered.
  public var bytes: [UInt8]

  /// An input.
  public init(moment: Moment, slot: UInt8, bytes: [UInt8]) {
    (self.moment, self.slot, self.bytes) = (moment, slot, bytes)
  }
}

/// Something that the machine did.
public struct EffectRecord: Hashable, Sendable {
  /// When it happened.
  public var moment: Moment
  /// What happened.
  public var kind: Kind

  /// An effect.
  public init(moment: Moment, kind: Kind) { (self.moment, self.kind) = (moment, kind) }

  /// What happened.
  public enum Kind: Hashable, Sendable {
    /// A device sent a byte to the outside.
    case output(slot: UInt8, byte: UInt8)
    /// A hart took an interrupt: the cause without the interrupt bit, and the pc that was interrupted.
    case interrupt(hart: UInt8, cause: UInt8, pc: UInt64)
    /// The guest read a device register; `width` is 1, 2, 4 or 8 bytes.
    case read(slot: UInt8, offset: UInt64, width: UInt8, value: UInt64)
    /// The guest wrote a device register; `width` is 1, 2, 4 or 8 bytes.
    case write(slot: UInt8, offset: UInt64, width: UInt8, value: UInt64)
  }
}

/// Kinds of effect.
public struct EffectKinds: OptionSet, Hashable, Sendable {
  /// The bits.
  public let rawValue: UInt8
  /// The kinds of the bits `rawValue`.
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// Bytes sent to the outside.
  public static let output = EffectKinds(rawValue: 1)
  /// Interrupts taken.
  public static let interrupts = EffectKinds(rawValue: 2)
  /// Device registers read.
  public static let reads = EffectKinds(rawValue: 4)
  /// Device registers written.
  public static let writes = EffectKinds(rawValue: 8)
  /// Every kind.
  public static let all: EffectKinds = [.output, .interrupts, .reads, .writes]
}

extension EffectRecord {
  /// The kind of this effect, for filtering.
  public var kinds: EffectKinds {
    switch kind {
    case .output: .output
    case .interrupt: .interrupts
    case .read: .reads
    case .write: .writes
    }
  }
}

/// A 128-bit digest as the trace holds it; which algorithm made it is the writer's affair (XXH3-128 in Reprise).
public struct TraceDigest: Hashable, Sendable {
  /// The high 64 bits.
  public var high: UInt64
  /// The low 64 bits.
  public var low: UInt64

  /// A digest from its halves.
  public init(high: UInt64, low: UInt64) { (self.high, self.low) = (high, low) }
}

/// A rung of the ladder: the digest of the whole machine at a moment.
public struct Rung: Hashable, Sendable {
  /// When.
  public var moment: Moment
  /// The digest.
  public var digest: TraceDigest

  /// A rung.
  public init(moment: Moment, digest: TraceDigest) { (self.moment, self.digest) = (moment, digest) }
}

/// A named moment.
public struct Mark: Hashable, Sendable {
  /// When.
  public var moment: Moment
  /// Its name, at most 4,096 bytes of UTF-8.
  public var name: String
  /// Whether the recorder set it by itself.
  public var isAutomatic: Bool

  /// A mark.
  public init(moment: Moment, name: String, isAutomatic: Bool) {
    (self.moment, self.name, self.isAutomatic) = (moment, name, isAutomatic)
  }
}

/// Why a recording ended.
public enum EndReason: Hashable, Sendable {
  /// The guest switched the machine off and reported success.
  case poweredOff
  /// The guest switched the machine off and reported this failure code.
  case failure(code: UInt16)
  /// The guest asked for a reset.
  case reset
  /// All harts wait and nothing will ever wake them.
  case stalled
  /// A limit in steps or guest time was reached.
  case limit
  /// Whoever recorded stopped the recording.
  case interrupted
  /// The guest said that it cannot go on; what it said, at most 4,096 bytes of UTF-8.
  case panic(String)
}

/// Where and why a run ended, and the totals that a reader checks what it has read against.
public struct EndRecord: Hashable, Sendable {
  /// The last moment.
  public var moment: Moment
  /// The digest of the whole machine at the last moment.
  public var digest: TraceDigest
  /// Why the run ended.
  public var reason: EndReason
  /// The digest of all console bytes.
  public var consoleDigest: TraceDigest
  /// How many console bytes there were.
  public var consoleByteCount: UInt64
  /// How many inputs the trace holds.
  public var inputCount: UInt64

  /// An end.
  public init(
    moment: Moment, digest: TraceDigest, reason: EndReason, consoleDigest: TraceDigest, consoleByteCount: UInt64,
    inputCount: UInt64
  ) {
    (self.moment, self.digest, self.reason) = (moment, digest, reason)
    (self.consoleDigest, self.consoleByteCount) = (consoleDigest, consoleByteCount)
    self.inputCount = inputCount
  }
}
