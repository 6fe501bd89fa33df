public import Backplane
public import VirtualTime

/// Makes a list of inputs smaller while whoever tries the candidates says that they still fail: fewer inputs, then
/// earlier ones, then at rounder times. The same answers lead to the same list.
///
/// Inputs are taken away by delta debugging (Zeller and Hildebrandt, "Simplifying and isolating failure-inducing
/// input", 2002), by complements alone: in the end none of them can be taken away by itself. An input can also be taken
/// away so that the next one takes its place in time. What is left moves together.
///
/// Each change makes the list shorter, or the sum of its cycles smaller, so that it comes to an end.
public struct InputReduction {
  /// Why no more is tried.
  public enum Ended: Error, Hashable, Sendable {
    /// As many candidates were tried as may be.
    case budget
    /// Whoever waits for it asked to end.
    case interrupted
  }

  /// Tries `count` candidates in their order, and tells the first that fails: its number, and as much of it as had
  /// entered when it failed. `nil` when none does.
  public typealias Trial = (
    _ count: Int, _ candidate: @escaping @Sendable (Int) -> [TimedInput]
  ) throws(Ended) -> (number: Int, inputs: [TimedInput])?

  /// The smallest list so far.
  public private(set) var inputs: [TimedInput]
  private let start: Cycle
  private let units: [UInt64]
  private let trial: Trial

  /// - Parameters:
  ///   - inputs: a list that fails, in order of time.
  ///   - start: no input can enter before this.
  ///   - clockHertz: cycles in a second; round are seconds, tenths, hundredths, down to microseconds.
  ///   - trial: tries candidates.
  public init(_ inputs: [TimedInput], start: Cycle, clockHertz: UInt64, trial: @escaping Trial) {
    (self.inputs, self.start, self.trial) = (inputs, start, trial)
    var units: [UInt64] = []
    var unit = clockHertz
    while units.count < 7, unit > 1 {
      units.append(unit)
      unit /= 10
    }
    self.units = units
  }

  /// Makes the list as small as it gets.
  /// - Throws: `Ended`, when that came first; `inputs` is then what it had come to.
  public mutating func run() throws(Ended) {
    while true {
      let before = inputs
      try remove()
      try replace()
      try bringForward()
      try roundOff()
      if inputs == before { return }
    }
  }

  /// Tries candidates; takes over the first that fails, and tells its number.
  private mutating func take(
    _ count: Int, _ candidate: @escaping @Sendable (Int) -> [TimedInput]
  ) throws(Ended) -> Int? {
    guard count > 0, let (number, inputs) = try trial(count, candidate) else { return nil }
    self.inputs = inputs
    return number
  }

  // MARK: Fewer

  /// Takes away what can be: in large pieces, then in smaller ones, then one by one until nothing changes.
  private mutating func remove() throws(Ended) {
    var size = inputs.count
    while size > 1 {
      _ = try removePieces(of: size)
      size = (size + 1) / 2
    }
    while try removePieces(of: 1) {}
  }

  /// Whether anything could be taken away.
  private mutating func removePieces(of size: Int) throws(Ended) -> Bool {
    var from = 0
    var hasChanged = false
    while from < inputs.count {
      let (all, begin) = (inputs, from)
      let count = (all.count - begin + size - 1) / size
      let number = try take(count) { number in
        let piece = begin + number * size
        return Array(all[..<piece] + all[min(piece + size, all.count)...])
      }
      guard let number else { break }
      hasChanged = true
      from += number * size
    }
    return hasChanged
  }

  /// Takes away inputs whose time the next one can take, alone or with all that follow.
  private mutating func replace() throws(Ended) {
    var from = 0
    while from + 1 < inputs.count {
      let (all, begin) = (inputs, from)
      let number = try take(2 * (all.count - 1 - begin)) { number in
        let index = begin + number / 2
        var rest = all
        let gap = rest[index + 1].cycle.count - rest[index].cycle.count
        Self.shift(&rest, from: index + 1, to: number % 2 == 0 ? nil : index + 2, earlierBy: gap)
        rest.remove(at: index)
        return rest
      }
      guard let number else { break }
      from += number / 2
    }
  }

  // MARK: Earlier

  /// Makes the gaps between inputs, and before the first, as short as they can be; what follows moves along.
  private mutating func bringForward() throws(Ended) {
    var index = 0
    while index < inputs.count {
      let all = inputs
      let place = index
      let before = place > 0 ? all[place - 1].cycle.count : start.count
      let gap = all[place].cycle.count - before
      let gaps = Self.shorter(gap)
      let number = try take(gaps.count) { number in
        var moved = all
        Self.shift(&moved, from: place, to: nil, earlierBy: gap - gaps[number])
        return moved
      }
      if number == nil || number == 0 { index += 1 }
    }
  }

  /// Gaps to try instead of `gap`, ascending: none, and a few round ones.
  static func shorter(_ gap: UInt64) -> [UInt64] {
    var gaps: [UInt64] = []
    for part in [0, gap / 64, gap / 16, gap / 4, gap / 2] {
      let round = firstDigit(part)
      if round < gap, gaps.last != round { gaps.append(round) }
    }
    return gaps
  }

  /// `number` with all digits but the first zero.
  private static func firstDigit(_ number: UInt64) -> UInt64 {
    var unit: UInt64 = 1
    while number / unit >= 10 { unit *= 10 }
    return number / unit * unit
  }

  // MARK: Rounder

  /// Moves inputs to rounder times, each alone or with all that follow.
  private mutating func roundOff() throws(Ended) {
    var index = 0
    while index < inputs.count {
      let all = inputs
      let place = index
      let cycle = all[place].cycle.count
      let least = place > 0 ? all[place - 1].cycle.count : start.count
      let finer = units.prefix { cycle % $0 != 0 }
      let earlier = finer.map { cycle % $0 }.filter { cycle - $0 >= least }
      _ = try take(2 * earlier.count) { number in
        var moved = all
        let end = number % 2 == 0 ? place + 1 : nil
        Self.shift(&moved, from: place, to: end, earlierBy: earlier[number / 2])
        return moved
      }
      index += 1
    }
  }

  private static func shift(_ inputs: inout [TimedInput], from index: Int, to end: Int?, earlierBy cycles: UInt64) {
    for index in index..<(end ?? inputs.count) { inputs[index].cycle.count -= cycles }
  }
}
