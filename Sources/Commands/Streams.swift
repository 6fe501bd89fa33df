internal import Host

/// What a command may touch of the process around it, so that tests can stand in for it.
public struct Streams {
  /// Takes bytes for standard output; false when nobody reads them.
  public var output: (_ bytes: [UInt8]) -> Bool
  /// Takes bytes for standard error.
  public var error: (_ bytes: [UInt8]) -> Bool
  /// Whether standard input is a terminal.
  public var isInputTerminal = false
  /// Whether standard output is a terminal.
  public var isOutputTerminal = false
  /// Whether standard error is a terminal.
  public var isErrorTerminal = false
  /// The value of an environment variable; `nil` when it is not set or empty.
  public var environment: (_ name: String) -> String? = { _ in nil }
  /// Begins to note signals; called by commands that have something to finish.
  public var beginInterruptible: () -> Void = {}
  /// The signal that asks to end, once one has come.
  public var signal: () -> Int32? = { nil }

  /// Streams that are no terminals.
  public init(output: @escaping (_ bytes: [UInt8]) -> Bool, error: @escaping (_ bytes: [UInt8]) -> Bool) {
    (self.output, self.error) = (output, error)
  }

  /// Those of this process.
  static var process: Streams {
    var streams = Streams(
      output: { StandardStreams.write($0, to: .output) }, error: { StandardStreams.write($0, to: .error) })
    streams.isInputTerminal = StandardStreams.isInputTerminal
    streams.isOutputTerminal = StandardStreams.isTerminal(.output)
    streams.isErrorTerminal = StandardStreams.isTerminal(.error)
    streams.environment = StandardStreams.environment
    streams.beginInterruptible = Interruption.begin
    streams.signal = { Interruption.signal }
    return streams
  }

  /// Writes `text` and the end of the line to standard output.
  func print(_ text: String) { _ = output(Array((text + "\n").utf8)) }
  /// Writes `text` and the end of the line to standard error.
  func note(_ text: String) { _ = error(Array((text + "\n").utf8)) }

  /// Writes `text` to standard error, in red where that shows.
  func complain(_ text: String) {
    let isColoured = isErrorTerminal && environment("NO_COLOR") == nil && environment("TERM") != "dumb"
    note((isColoured ? "\u{1b}[31merror:\u{1b}[0m " : "error: ") + text)
  }
}
