/// A point in a run: how many steps the machine has taken since power-on.
///
/// One step is one retired instruction or one trap entered (exception or interrupt), over all harts, so every change of
/// the machine's state by a hart has a step of its own (decision 0001).
public struct Step: Comparable, Hashable, Codable, Sendable {
  /// Steps since power-on.
  public var count: UInt64

  /// The point after `count` steps.
  @inlinable
  public init(_ count: UInt64) { self.count = count }

  /// Power-on.
  public static let zero = Step(0)

  /// Earlier in the run.
  @inlinable
  public static func < (left: Step, right: Step) -> Bool { left.count < right.count }
}

/// A point on the guest's clock, in cycles of the board's clock since power-on. Cycle-counted, never cycle-accurate.
public struct Cycle: Comparable, Hashable, Codable, Sendable {
  /// Cycles since power-on.
  public var count: UInt64

  /// The point after `count` cycles.
  @inlinable
  public init(_ count: UInt64) { self.count = count }

  /// Power-on.
  public static let zero = Cycle(0)
  /// Later than any run can reach.
  public static let never = Cycle(.max)

  /// Earlier in guest time.
  @inlinable
  public static func < (left: Cycle, right: Cycle) -> Bool { left.count < right.count }

  /// The cycle `cycles` later, or `never` past the end of time.
  @inlinable
  public func advanced(by cycles: UInt64) -> Cycle {
    let (sum, overflow) = count.addingReportingOverflow(cycles)
    return Cycle(overflow ? .max : sum)
  }
}

/// Where a run stands: the step, and the cycle, which also moves while the machine idles.
public struct Moment: Comparable, Hashable, Codable, Sendable {
  /// Steps taken.
  public var step: Step
  /// Cycles passed.
  public var cycle: Cycle

  /// The moment at `step` and `cycle`.
  @inlinable
  public init(step: Step, cycle: Cycle) { (self.step, self.cycle) = (step, cycle) }

  /// Power-on.
  public static let zero = Moment(step: .zero, cycle: .zero)

  /// Ordered by step, then by cycle: cycles tell apart the moments of one idling.
  @inlinable
  public static func < (left: Moment, right: Moment) -> Bool {
    left.step != right.step ? left.step < right.step : left.cycle < right.cycle
  }
}

/// An exact ratio of two clocks: `numerator` ticks of one for `denominator` of the other.
public struct Rate: Hashable, Codable, Sendable {
  /// Ticks produced.
  public let numerator: UInt64
  /// Ticks consumed.
  public let denominator: UInt64

  /// `numerator` per `denominator`; neither may be zero.
  public init(_ numerator: UInt64, per denominator: UInt64) {
    precondition(numerator > 0 && denominator > 0, "a rate needs two positive numbers")
    // In lowest terms, so that the usual conversion fits in 64 bits.
    let divisor = Self.greatestCommonDivisor(numerator, denominator)
    (self.numerator, self.denominator) = (numerator / divisor, denominator / divisor)
  }

  /// Whether a decoded rate is one that can have been made.
  public var isValid: Bool {
    numerator > 0 && denominator > 0 && Self.greatestCommonDivisor(numerator, denominator) == 1
  }

  private static func greatestCommonDivisor(_ one: UInt64, _ other: UInt64) -> UInt64 {
    var (divisor, rest) = (one, other)
    while rest != 0 { (divisor, rest) = (rest, divisor % rest) }
    return divisor
  }

  /// Whole ticks produced by `count` consumed ones, rounded down; saturates. No remainder is lost, because every
  /// conversion starts from a count since power-on.
  @inlinable
  public func ticks(for count: UInt64) -> UInt64 {
    let product = count.multipliedFullWidth(by: numerator)
    if product.high == 0 { return product.low / denominator }
    guard product.high < denominator else { return .max }
    return denominator.dividingFullWidth(product).quotient
  }

  /// The least count to consume until `ticks` have been produced, rounded up; saturates.
  @inlinable
  public func count(until ticks: UInt64) -> UInt64 {
    let product = ticks.multipliedFullWidth(by: denominator)
    if product.high == 0, product.low <= .max - numerator { return (product.low + numerator - 1) / numerator }
    guard product.high < numerator else { return .max }
    let (quotient, remainder) = numerator.dividingFullWidth(product)
    return remainder == 0 || quotient == .max ? quotient : quotient + 1
  }
}

/// A length of guest time in nanoseconds.
public struct Span: Comparable, Hashable, Codable, Sendable {
  /// Nanoseconds.
  public let nanoseconds: UInt64

  /// A span of `nanoseconds`.
  @inlinable
  public init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

  /// Shorter.
  @inlinable
  public static func < (left: Span, right: Span) -> Bool { left.nanoseconds < right.nanoseconds }
}
