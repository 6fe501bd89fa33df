internal import Archive
public import VirtualTime

/// What two recordings have to do with each other (DESIGN §8).
public enum BisectionVerdict: String, Hashable, Sendable, CaseIterable {
  /// The same machine, inputs, digests and end.
  case identical
  /// The same machine, until other inputs entered.
  case differentInputs = "different-inputs"
  /// The same machine and inputs, and yet another state: a fault of the tool or of a host, unless releases differ.
  case differentState = "different-state"
  /// They began as different machines, or with different images.
  case differentMachine = "different-machine"
  /// The same as far as the shorter one goes.
  case endedEarly = "ended-early"
  /// One of them is not what its own replay does: nothing can be said of the two.
  case replayDiverged = "replay-diverged"
  /// It was told to stop before it knew.
  case interrupted
}

/// What a bisection found.
public struct BisectionOutcome: Sendable {
  /// In a word.
  public var verdict = BisectionVerdict.identical
  /// Where each recording begins and ends.
  public var spans: Sides<ClosedRange<Moment>>
  /// What the machines differ in at power-on.
  public var machine: [HeaderDifference] = []
  /// The first input that differs.
  public var input: InputDifference?
  /// What the ladders say.
  public var ladder = LadderDifference()
  /// The stretch that was gone through step by step: the same at its start, and not at its end.
  public var segment: ClosedRange<Moment>?
  /// The step with which they part, if one was found.
  public var parting: Parting?
  /// The side whose replay is not what was recorded, and how.
  public var divergence: (side: Side, divergence: Divergence)?
  /// How often machines were compared.
  public var comparisonCount = 0
  /// Steps run on both sides.
  public var stepsRun: UInt64 = 0
  /// What else is to be known of the search, in sentences.
  public var notes: [String] = []

  init(spans: Sides<ClosedRange<Moment>>) { self.spans = spans }
}
