/// The registers that generated programs read but never write; another choice in each image, so that every register is
/// also an ordinary one somewhere.
struct ReservedRegisters {
  /// Points to the middle of the scratch area, so that 12-bit offsets reach all of it.
  let scratch: UInt8
  /// Points to the state block, where traps and the epilogue save.
  let state: UInt8
  /// Counts the rounds of the one loop that may be open. Written by loops alone.
  let counter: UInt8

  /// Three different registers; none is `x0`, `x1` or `x2`, which 16-bit instructions imply, or `x8` to `x15`, the only
  /// ones that most of them can name.
  init(random: inout SeededGenerator) {
    var choices = Array(UInt8(3)...7) + Array(16...31)
    func take(_ random: inout SeededGenerator) -> UInt8 { choices.remove(at: random.below(choices.count)) }
    scratch = take(&random)
    state = take(&random)
    counter = take(&random)
  }

  /// All three.
  var all: [UInt8] { [scratch, state, counter] }

  /// The registers the harness may use when no program runs: neither reserved nor `x0` to `x2`.
  var free: [UInt8] { (UInt8(3)...31).filter { !all.contains($0) } }
}
