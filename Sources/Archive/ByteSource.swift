/// Bytes that can be read in any order, such as a file: a trace need not fit in memory.
public protocol ByteSource {
  /// How many bytes there are. Must not change while a reader holds the source.
  var count: Int { get }
  /// The bytes of `range`, which lies inside `0..<count`: all of them, or an error.
  func read(_ range: Range<Int>) throws -> [UInt8]
}

extension [UInt8]: ByteSource {
  /// The bytes of `range`.
  public func read(_ range: Range<Int>) -> [UInt8] { Array(self[range]) }
}

extension ByteSource {
  /// The bytes of `range`, checked: a source that gives back fewer is reported, never believed.
  func bytes(_ range: Range<Int>) throws -> [UInt8] {
    guard range.lowerBound >= 0, range.upperBound <= count else {
      throw TraceError(.truncated, at: range.lowerBound, found: "the file ends at \(count)")
    }
    let bytes = try read(range)
    guard bytes.count == range.count else {
      throw TraceError(.truncated, at: range.lowerBound, found: "\(bytes.count) of \(range.count) bytes could be read")
    }
    return bytes
  }

  /// Whether everything from `offset` on is zero, as after a crash of the host that kept a file's length only.
  func isZero(from offset: Int) throws -> Bool {
    var start = offset
    while start < count {
      let end = min(start + 65536, count)
      guard try bytes(start..<end).allSatisfy({ $0 == 0 }) else { return false }
      start = end
    }
    return true
  }
}
