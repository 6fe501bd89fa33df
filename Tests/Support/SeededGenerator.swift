/// A random number generator whose seed is the whole reproduction: SplitMix64 (Steele, Lea and Flood, "Fast splittable
/// pseudorandom number generators", OOPSLA 2014, with the constants of Vigna's public-domain version).
public struct SeededGenerator: RandomNumberGenerator, Sendable {
  private var state: UInt64

  /// The sequence of `seed`.
  public init(seed: UInt64) { state = seed }

  /// The next 64 bits.
  public mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }

  /// A number below `bound`, which is not 0. The bias of the remainder does not matter to tests; that the sequence does
  /// not depend on the standard library's way of choosing does.
  public mutating func below(_ bound: UInt64) -> UInt64 { next() % bound }

  /// Whether something that happens `part` times in `whole` happens now.
  public mutating func chance(_ part: UInt64, in whole: UInt64) -> Bool { below(whole) < part }

  /// One of `choices`, which are not empty.
  public mutating func pick<Choice>(_ choices: [Choice]) -> Choice { choices[Int(below(UInt64(choices.count)))] }
}
