public import Archive
public import Backplane
public import VirtualTime

/// When a live run is looked at.
public enum Occasion: Hashable, Sendable {
  /// The machine stands before what is due at its moment, and is about to go on. It stopped there for this reason;
  /// `nil` when it has not run yet.
  case pause(Stop?)
  /// The run has ended.
  case end(EndReason)
}

/// What someone who looks at a live run wants of it. Whoever looks must want the same whenever the run is the same, and
/// must want nothing at a pause that someone else asked for.
public struct Attention: Sendable {
  /// Marks to put down.
  public var marks: [Mark] = []
  /// Whether the recording is to end with a checkpoint of this moment.
  public var storesCheckpoint = false
  /// Why the run is to end here, if it is.
  public var end: EndReason?
  /// At an end: whether nobody wants the recording, so that it needs no checkpoints.
  public var dropsRecording = false
  /// Where to pause next, at the latest: at the first moment of this step,
  public var step = Step(.max)
  /// at the first moment at or after this cycle,
  public var cycle = Cycle.never
  /// or when the instruction at this address is about to be executed,
  public var breakpoint: UInt64?
  /// but not for the one at this step.
  public var passedBreakpoint: Step?

  /// Wants nothing.
  public init() {}
}
