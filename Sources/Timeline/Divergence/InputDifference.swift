public import Archive
public import VirtualTime

/// The first input that two recordings do not have in common.
public struct InputDifference: Hashable, Sendable {
  /// Its number in the part that both recordings cover, from 0.
  public let index: Int
  /// What each has there; `nil` when it has no more.
  public let inputs: Sides<InputRecord?>

  /// The moment from which on what entered is not the same.
  public var moment: Moment {
    let moments = [inputs.a?.moment, inputs.b?.moment].compactMap { $0 }
    return moments.min() ?? .zero
  }

  /// The first difference between `a` and `b`; `nil` when they are the same.
  public static func between(_ a: [InputRecord], _ b: [InputRecord]) -> InputDifference? {
    for index in 0..<max(a.count, b.count) {
      let inputs = Sides(index < a.count ? a[index] : nil, index < b.count ? b[index] : nil)
      if inputs.a != inputs.b { return InputDifference(index: index, inputs: inputs) }
    }
    return nil
  }
}
