/// A recording of a terminal as asciinema plays it (asciicast file format, version 2).
///
/// Times are guest time, counted from the start of the window. Text must be UTF-8: what of the console is not, is
/// replaced by U+FFFD.
public struct Asciicast {
  /// Bytes that are shown within so long are one event, in nanoseconds: a UART sends one at a time.
  private static let frameNanoseconds: UInt64 = 10_000_000
  private static let eventBytesMax = 4096

  private var output: TextOutput
  private let start: UInt64
  private var frame: (time: UInt64, bytes: [UInt8])?
  private var lastTime: UInt64 = 0

  /// How many events there are so far.
  public private(set) var eventCount: UInt64 = 0

  /// A recording of a terminal of `columns` by `rows` characters, that begins at guest time `start`, in nanoseconds.
  /// - Parameters:
  ///   - epochSeconds: the calendar time at `start`, in seconds since 1970-01-01 00:00 UTC.
  ///   - title: what it is called.
  public init(
    columns: Int, rows: Int, start: UInt64, epochSeconds: UInt64, title: String, to output: TextOutput
  ) throws {
    (self.output, self.start) = (output, start)
    try self.output.write(
      "{\"version\": 2, \"width\": \(columns), \"height\": \(rows), \"timestamp\": \(epochSeconds), \"title\": ")
    try self.output.writeJSON(title)
    try self.output.write("}\n")
  }

  /// The guest has shown `byte` at `time`.
  public mutating func show(_ byte: UInt8, at time: UInt64) throws {
    if let waiting = frame, waiting.bytes.count >= Self.eventBytesMax || time > waiting.time + Self.frameNanoseconds {
      try endFrame(isLast: false)
    }
    if frame == nil { frame = (time, []) }
    frame?.bytes.append(byte)
  }

  /// The guest has been told `bytes` at `time`.
  public mutating func type(_ bytes: [UInt8], at time: UInt64) throws {
    try endFrame(isLast: false)
    try event("i", String(decoding: bytes, as: UTF8.self), at: time)
  }

  /// There is a mark called `name` at `time`.
  public mutating func mark(_ name: String, at time: UInt64) throws {
    try endFrame(isLast: false)
    try event("m", name, at: time)
  }

  /// Writes what waits.
  public mutating func finish() throws {
    try endFrame(isLast: true)
    try output.flush()
  }

  private mutating func endFrame(isLast: Bool) throws {
    guard let waiting = frame else { return }
    // A character may be cut in two: its rest comes with the next bytes.
    let whole = isLast ? waiting.bytes.count : UTF8Text.wholeCount(waiting.bytes)
    frame = whole == waiting.bytes.count ? nil : (waiting.time, Array(waiting.bytes[whole...]))
    guard whole > 0 else { return }
    try event("o", String(decoding: waiting.bytes[..<whole], as: UTF8.self), at: waiting.time)
  }

  private mutating func event(_ code: String, _ text: String, at time: UInt64) throws {
    lastTime = max(lastTime, time - min(start, time))
    eventCount += 1
    try output.write("[\(Decimal.text(lastTime, digits: 9)), \"\(code)\", ")
    try output.writeJSON(text)
    try output.write("]\n")
  }
}

/// UTF-8 that comes in pieces.
enum UTF8Text {
  /// How many of `bytes` there are without the beginning of a character whose rest may still come.
  static func wholeCount(_ bytes: [UInt8]) -> Int {
    for back in 1...3 where back <= bytes.count {
      let byte = bytes[bytes.count - back]
      guard byte & 0xc0 != 0x80 else { continue }
      let length = byte >= 0xf0 && byte < 0xf8 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc2 ? 2 : 1
      return byte < 0xf8 && length > back ? bytes.count - back : bytes.count
    }
    return bytes.count
  }
}
