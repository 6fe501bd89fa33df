/// Looks for a pattern in what a console shows, line by line: at the end of each line, and when nothing more comes.
public struct ConsoleSearch {
  private var reader = ConsoleReader()
  private let pattern: CompiledPattern

  /// Looks for `pattern`.
  public init(_ pattern: Pattern) { self.pattern = CompiledPattern(pattern) }

  /// Takes in `byte`.
  /// - Returns: whether a line has ended, and the pattern has come.
  public mutating func note(_ byte: UInt8) -> Bool {
    reader.append(CollectionOfOne(byte))
    return byte == UInt8(ascii: "\n") && reader.find(pattern)
  }

  /// Whether the pattern has come, in a line that has not ended either.
  public mutating func finish() -> Bool { reader.find(pattern) }
}
