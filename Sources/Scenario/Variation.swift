public import VirtualTime

/// What hardware leaves open, varied by a seed: the same seed is the same run, on any host and in any later release.
///
/// Each kind has its own sequence of numbers: SplitMix64 whose seed is, for arrival, the first number of SplitMix64
/// with the seed of the run, and for latency the second. A number of a range is the upper 64 bits of the product of the
/// next number and the range's size, plus its least.
public struct Variation: Hashable, Sendable {
  /// What can be varied.
  public enum Kind: String, CaseIterable, Sendable {
    /// When inputs enter: each up to so much later, in the same order.
    case arrival
    /// How long devices take, within what the board documents.
    case latency
    /// The order of several harts.
    case quantum
  }

  /// How much later inputs may enter unless told otherwise: 20 ms.
  public static let arrivalDefault = Span(nanoseconds: 0)...Span(nanoseconds: 20_000_000)
  /// No range of arrival may reach further: an hour.
  public static let arrivalMax = Span(nanoseconds: 3_600_000_000_000)
  /// How much of their leeway devices take unless told otherwise, in percent.
  public static let latencyDefault: ClosedRange<UInt64> = 0...100

  /// How much later each input enters; `nil` when that is not varied.
  public var arrival: ClosedRange<Span>?
  /// How much of their leeway devices take, in percent, 0 to 100; `nil` when that is not varied.
  public var latencyPercent: ClosedRange<UInt64>?
  /// The seed of the run.
  public var seed: UInt64

  /// Nothing varied.
  public init(seed: UInt64) { self.seed = seed }

  /// What `notations` ask for: `arrival`, `arrival=0..50ms`, `latency`, `latency=0..50%`; each kind once.
  /// - Throws: `VariationError`.
  public init(_ notations: [String], seed: UInt64) throws(VariationError) {
    self.init(seed: seed)
    var seen: [Kind] = []
    for notation in notations {
      let parts = notation.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      guard let kind = Kind(rawValue: parts[0]) else {
        throw VariationError(reason: "'\(notation)' is nothing that can be varied: write arrival or latency")
      }
      guard !seen.contains(kind) else { throw VariationError(reason: "\(kind.rawValue) is given twice") }
      seen.append(kind)
      let range = parts.count > 1 ? parts[1] : nil
      switch kind {
      case .arrival: if let range { arrival = try Self.spans(range) } else { arrival = Self.arrivalDefault }
      case .latency:
        if let range { latencyPercent = try Self.percents(range) } else { latencyPercent = Self.latencyDefault }
      case .quantum:
        throw VariationError(
          reason: "quantum is the order in which several harts take turns, and the board has one: there is nothing to"
            + " vary. Write arrival or latency")
      }
    }
  }

  /// The same with the seed of run `number`, counted from 0: so many more, modulo 2^64.
  public func run(_ number: UInt64) -> Variation {
    var variation = self
    variation.seed = seed &+ number
    return variation
  }

  /// The options that ask for it, without the seed.
  public var notations: [String] {
    var notations: [String] = []
    if let arrival {
      let least = arrival.lowerBound.nanoseconds == 0 ? "0" : Notation.text(arrival.lowerBound)
      let range = "\(least)..\(Notation.text(arrival.upperBound))"
      notations.append(arrival == Self.arrivalDefault ? "arrival" : "arrival=\(range)")
    }
    if let latencyPercent {
      let range = "\(latencyPercent.lowerBound)..\(latencyPercent.upperBound)%"
      notations.append(latencyPercent == Self.latencyDefault ? "latency" : "latency=\(range)")
    }
    return notations
  }

  // MARK: Ranges

  private static func spans(_ text: String) throws(VariationError) -> ClosedRange<Span> {
    let (low, high) = ends(text)
    guard let low = span(low), let high = span(high), low <= high, high <= arrivalMax else {
      throw VariationError(
        reason: "'arrival=\(text)': write two guest times, or the longer alone, up to 60min: arrival=0..20ms")
    }
    return low...high
  }

  private static func span(_ text: String) -> Span? {
    text == "0" ? Span(nanoseconds: 0) : try? Notation.span(text)
  }

  private static func percents(_ text: String) throws(VariationError) -> ClosedRange<UInt64> {
    let (low, high) = ends(text.hasSuffix("%") ? String(text.dropLast()) : text)
    guard text.hasSuffix("%"), let low = UInt64(low), let high = UInt64(high), low <= high, high <= 100 else {
      throw VariationError(
        reason: "'latency=\(text)': write two percentages, or the larger alone: latency=0..50%")
    }
    return low...high
  }

  private static func ends(_ text: String) -> (low: String, high: String) {
    let parts = text.split(separator: "..", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    return parts.count == 2 ? (parts[0], parts[1]) : ("0", text)
  }
}

/// Why something cannot be varied.
public struct VariationError: Error, Hashable, Sendable, CustomStringConvertible {
  /// In plain words.
  public let reason: String
  /// The same.
  public var description: String { reason }
}

/// SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014).
struct SplitMix64: Sendable {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }

  /// A number of `range`, which is not all of 2^64.
  mutating func next(in range: ClosedRange<UInt64>) -> UInt64 {
    range.lowerBound + (range.upperBound - range.lowerBound + 1).multipliedFullWidth(by: next()).high
  }
}
