public import Archive
public import StateCoding
public import VirtualTime

/// The console output of a run, counted and digested: XXH3-128 over chunks, chained.
///
/// The chain is: start with zero; for every full chunk of 4,096 bytes, and for the rest at the end, digest the previous
/// digest (low half, then high half, little-endian) followed by the chunk.
public struct ConsoleTotals: Sendable {
  private static let chunkBytes = 4096
  private var chained = Digest(high: 0, low: 0)
  private var chunk: [UInt8] = []
  /// Bytes so far.
  public private(set) var byteCount: UInt64 = 0

  /// Nothing yet.
  public init() {}

  /// Takes in `bytes`.
  public mutating func note(_ bytes: [UInt8]) {
    byteCount += UInt64(bytes.count)
    for byte in bytes {
      chunk.append(byte)
      if chunk.count == Self.chunkBytes {
        chained = Self.link(chained, chunk)
        chunk.removeAll(keepingCapacity: true)
      }
    }
  }

  /// The digest of all bytes so far.
  public var digest: Digest { chunk.isEmpty ? chained : Self.link(chained, chunk) }

  private static func link(_ previous: Digest, _ chunk: [UInt8]) -> Digest {
    var bytes: [UInt8] = []
    for half in [previous.low, previous.high] {
      for shift in stride(from: UInt64(0), to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: half >> shift)) }
    }
    return Digest(of: bytes + chunk)
  }
}

/// What a guest has shown up to some moment, as whoever goes on from there must know it.
public struct ConsoleSoFar: Sendable {
  /// The bytes, counted and digested.
  public var totals = ConsoleTotals()
  /// The line that the guest is in.
  public var watcher = ConsoleWatcher()

  /// Nothing.
  public init() {}

  /// Takes in `bytes`, shown by `moment`.
  public mutating func note(_ bytes: [UInt8], at moment: Moment) {
    totals.note(bytes)
    for byte in bytes { _ = watcher.note(byte, at: moment) }
  }
}

/// Reads along with the console and notices what is worth a mark.
public struct ConsoleWatcher: Sendable {
  /// What a guest says when it cannot go on. Matched anywhere in a line.
  private static let panicTexts = ["Kernel panic - not syncing", "panic:"].map { Array($0.utf8) }
  /// What Linux says when something in it went wrong, and it goes on if it can. Matched anywhere in a line.
  private static let oopsTexts = ["Oops", "BUG:", "kernel BUG at", "Unable to handle kernel"].map { Array($0.utf8) }
  /// An oops is many lines: those that follow so closely tell of the same one.
  private static let oopsLines = 100
  private static let oopsMarksMax = 16
  private static let lineBytesMax = 512

  private var line: [UInt8] = []
  private var hasSeenOutput = false
  private var linesSinceOops = ConsoleWatcher.oopsLines
  private var oopsMarkCount = 0
  /// The line in which the guest said that it cannot go on, and when it was complete.
  public private(set) var panic: (text: String, moment: Moment)?

  /// A watcher that has seen nothing.
  public init() {}

  /// Reads `byte`, sent at `moment`, and returns the marks it deserves.
  public mutating func note(_ byte: UInt8, at moment: Moment) -> [Mark] {
    guard byte == 10 || byte == 13 else {
      if line.count < Self.lineBytesMax { line.append(byte) }
      return []
    }
    defer { line.removeAll(keepingCapacity: true) }
    return line.isEmpty ? [] : finishLine(at: moment)
  }

  private mutating func finishLine(at moment: Moment) -> [Mark] {
    var marks: [Mark] = []
    if !hasSeenOutput {
      hasSeenOutput = true
      marks.append(Mark(moment: moment, name: "output", isAutomatic: true))
    }
    linesSinceOops += 1
    if Self.oopsTexts.contains(where: { line.contains($0) }) {
      if linesSinceOops > Self.oopsLines, oopsMarkCount < Self.oopsMarksMax {
        oopsMarkCount += 1
        marks.append(Mark(moment: moment, name: "oops", isAutomatic: true))
      }
      linesSinceOops = 0
    }
    if panic == nil, Self.panicTexts.contains(where: { line.contains($0) }) {
      let text = String(decoding: line, as: UTF8.self)
      panic = (text, moment)
      marks.append(Mark(moment: moment, name: "panic", isAutomatic: true))
    }
    return marks
  }
}

extension Array where Element == UInt8 {
  /// Whether `other` stands somewhere in these bytes.
  fileprivate func contains(_ other: [UInt8]) -> Bool {
    guard let first = other.first, other.count <= count else { return false }
    for start in 0...(count - other.count)
    where self[start] == first && self[start..<(start + other.count)].elementsEqual(other) {
      return true
    }
    return false
  }
}
