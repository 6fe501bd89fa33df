public import VirtualTime

/// Something that a run did which another run, of another build, may have done too.
public struct AlignedEvent: Hashable, Sendable {
  /// What is compared.
  public var key: String
  /// What it is for people, when that says more.
  public var text: String
  /// When.
  public var moment: Moment
  /// Where in the guest's program, if that is known.
  public var place: String?

  /// An event.
  public init(key: String, text: String? = nil, moment: Moment, place: String? = nil) {
    (self.key, self.text, self.moment, self.place) = (key, text ?? key, moment, place)
  }
}

/// Two events that are the same to a comparison.
public struct AlignedPair: Hashable, Sendable {
  /// Of the one run and of the other.
  public var first: AlignedEvent, second: AlignedEvent

  /// A pair.
  public init(_ first: AlignedEvent, _ second: AlignedEvent) { (self.first, self.second) = (first, second) }
}

/// What a comparison of two runs by their events came to. It knows nothing of what the runs did besides.
public struct Alignment: Hashable, Sendable {
  /// Where two runs agree again behind a difference.
  public struct Resumption: Hashable, Sendable {
    /// Events that only the one run has, from the difference on, and only the other.
    public var firstSkipped: Int, secondSkipped: Int
    /// How many events they have in common from there on, at least.
    public var length: Int
    /// The first of these.
    public var pair: AlignedPair
  }

  /// The first events that differ; `nil` of a run that has no more.
  public struct Difference: Hashable, Sendable {
    /// What the one run does.
    public var first: AlignedEvent?
    /// What the other does.
    public var second: AlignedEvent?
    /// The longest stretch that they have in common behind the difference, as far as was looked.
    public var resumption: Resumption?
  }

  /// How many events were the same.
  public var commonCount: UInt64 = 0
  /// The last of these.
  public var lastCommon: [AlignedPair] = []
  /// The first difference; `nil` when there is none.
  public var difference: Difference?

  /// Compares two runs, event by event, to the first difference.
  /// - Parameters:
  ///   - first: gives the next event of the one run, `nil` at its end.
  ///   - second: gives the next event of the other.
  ///   - contextCount: how many common events are kept.
  ///   - horizonCount: how many events behind the difference are looked at, of each run.
  ///   - progress: called for every pair of events; false ends the comparison without a difference.
  public init(
    first: () throws -> AlignedEvent?, second: () throws -> AlignedEvent?, contextCount: Int = 8,
    horizonCount: Int = 512, progress: () -> Bool = { true }
  ) throws {
    while progress() {
      let (one, other) = (try first(), try second())
      guard let one, let other, one.key == other.key else {
        guard one != nil || other != nil else { return }
        difference = Difference(first: one, second: other, resumption: nil)
        let ones = try Self.collect(one, horizonCount, first)
        let others = try Self.collect(other, horizonCount, second)
        difference?.resumption = Self.resumption(ones, others)
        return
      }
      commonCount += 1
      lastCommon.append(AlignedPair(one, other))
      if lastCommon.count > contextCount { lastCommon.removeFirst() }
    }
  }

  private static func collect(
    _ event: AlignedEvent?, _ count: Int, _ next: () throws -> AlignedEvent?
  ) rethrows -> [AlignedEvent] {
    guard let event else { return [] }
    var events = [event]
    while events.count < count, let event = try next() { events.append(event) }
    return events
  }

  /// The longest stretch that both have; of several, the one that skips the least.
  static func resumption(_ first: [AlignedEvent], _ second: [AlignedEvent]) -> Resumption? {
    // Numbers in place of texts: they are compared very often.
    let keys = (first + second).map(\.key).sorted()
    func number(_ event: AlignedEvent) -> Int {
      var (low, high) = (0, keys.count)
      while low < high {
        let middle = (low + high) / 2
        if keys[middle] < event.key { low = middle + 1 } else { high = middle }
      }
      return low
    }
    let (ones, others) = (first.map(number), second.map(number))
    // lengths[j]: how long the stretch is that ends behind ones[i] and others[j].
    var lengths = [Int](repeating: 0, count: others.count + 1)
    var best: (length: Int, first: Int, second: Int)?
    for (i, one) in ones.enumerated() {
      for j in stride(from: others.count - 1, through: 0, by: -1) {
        lengths[j + 1] = one == others[j] ? lengths[j] + 1 : 0
        let length = lengths[j + 1]
        guard length > 0 else { continue }
        let (firstSkipped, secondSkipped) = (i + 1 - length, j + 1 - length)
        if let found = best,
          (found.length, -found.first - found.second) >= (length, -firstSkipped - secondSkipped)
        {
          continue
        }
        best = (length, firstSkipped, secondSkipped)
      }
    }
    return best.map {
      Resumption(
        firstSkipped: $0.first, secondSkipped: $0.second, length: $0.length,
        pair: AlignedPair(first[$0.first], second[$0.second]))
    }
  }
}
