public import VirtualTime

/// How a machine is brought back to where a run has been.
public enum RoundTripWay: String, Hashable, Sendable, CaseIterable {
  /// The board is encoded and decoded, and memory put back from the pages of a checkpoint.
  case decoded
  /// A checkpoint is put back as it was taken, and caches are dropped again and again from there on.
  case cachesDropped = "caches-dropped"
  /// A checkpoint that the trace holds is put back.
  case stored
}

/// What a round trip has done, and what it found.
public struct RoundTripReport: Hashable, Sendable {
  /// Whole runs: the replay that is compared with the recording, and the two that are compared with each other.
  public var runs = 0
  /// Rungs of the recording compared, in each run.
  public var rungsCompared = 0
  /// Effects of the recording compared.
  public var effectsCompared: UInt64 = 0
  /// Places at which checkpoints were taken; those of the trace are not counted.
  public var checkpoints = 0
  /// Checkpoints of the trace that were put back.
  public var storedCheckpoints = 0
  /// How often a machine was put back.
  public var restores = 0
  /// Digests of the whole machine that were compared between runs, on all ways.
  public var digestsCompared = 0
  /// Steps that machines which had been put back went in lock step with the run that never stopped.
  public var stepsCompared: UInt64 = 0
  /// Steps gone through in all.
  public var stepsRun: UInt64 = 0
  /// Where the run ends.
  public var end = Moment.zero
  /// Checkpoints of the trace that could not be used.
  public var problems: [String] = []
  /// Whether it was told to stop before it was done.
  public var wasInterrupted = false
  /// Where the replay differs from the recording. Nothing else was done then.
  public var divergence: Divergence?
  /// The first difference between two runs of the machine.
  public var difference: RoundTripDifference?

  /// Nothing done yet.
  public init() {}

  /// Whether all was done and nothing found.
  public var isSame: Bool { divergence == nil && difference == nil && !wasInterrupted }
}

/// Where two runs that must be the same part, and in what.
public struct RoundTripDifference: Hashable, Sendable {
  /// Which runs were compared.
  public enum Subject: Hashable, Sendable {
    /// Two whole runs from the start.
    case wholeRuns
    /// The bytes of the board are refused, or become another board.
    case coding
    /// A machine that was put back, against the run that never stopped, at the moment it was put back to.
    case restored(RoundTripWay)
    /// The same, some time later.
    case continued(RoundTripWay)
  }

  /// Which runs were compared.
  public var subject: Subject
  /// The checkpoint that was put back; the start for two whole runs.
  public var checkpoint: Moment
  /// The last moment at which both were the same.
  public var lastCommon: Moment
  /// The first moment at which they differ.
  public var found: Moment
  /// Whether `lastCommon` and `found` are one step apart, or at one moment: otherwise the difference did not show again
  /// when it was looked for.
  public var isNarrowed: Bool
  /// The fields of the board in which they differ, by path: `uart.divisor: 1 → 3`, the run that never stopped on the
  /// left.
  public var fields: [String] = []
  /// The places of memory in which they differ: `0x80001000: 0x1 → 0x0`, guest-physical.
  public var memory: [String] = []
  /// Stored properties of the board that are not part of its state, and were not brought back: what was forgotten is
  /// one of these.
  public var forgotten: [String] = []

  /// A difference; what it is in is still to be told.
  public init(
    subject: Subject, checkpoint: Moment, lastCommon: Moment, found: Moment, isNarrowed: Bool = true
  ) {
    (self.subject, self.checkpoint, self.lastCommon) = (subject, checkpoint, lastCommon)
    (self.found, self.isNarrowed) = (found, isNarrowed)
  }
}

/// What a round trip is doing.
public struct RoundTripProgress: Hashable, Sendable {
  /// What is being done.
  public enum Activity: Hashable, Sendable {
    /// The recording is replayed.
    case replaying
    /// The machine runs once.
    case running
    /// It runs again, and is put back at every checkpoint.
    case roundTrips
    /// A difference was found; its first step is looked for.
    case narrowing
  }

  /// What is being done.
  public let activity: Activity
  /// Steps gone through so far.
  public let doneSteps: UInt64
  /// Steps to go through when no difference is found.
  public let totalSteps: UInt64
}
