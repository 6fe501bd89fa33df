public import VirtualTime

/// The step with which two runs part: before it their machines are the same, behind it they are not.
public struct Parting: Hashable, Sendable {
  /// What was compared.
  public enum Measure: String, Hashable, Sendable {
    /// The whole machine: the board, and all of memory.
    case machine
    /// The boards alone, because memory was not the same to begin with: registers, devices, time.
    case board
  }

  /// The last moment at which the machines are known to be the same. Where the machines wait, it can be later than the
  /// first moment of the step.
  public let common: Moment
  /// Where each machine stands behind the step, or where it stopped by itself.
  public let behind: Sides<Moment>
  /// What was compared.
  public let measure: Measure

  /// The step.
  public var step: Step { common.step }

  /// A parting.
  public init(common: Moment, behind: Sides<Moment>, measure: Measure) {
    (self.common, self.behind, self.measure) = (common, behind, measure)
  }
}
