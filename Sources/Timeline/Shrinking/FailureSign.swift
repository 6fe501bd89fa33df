public import Backplane
public import VirtualTime

/// What shows that a run fails. A value: each run looks with one of its own.
public protocol FailureSign {
  /// Takes in `byte`, which the console showed at `moment`.
  /// - Returns: whether the run has failed.
  mutating func note(_ byte: UInt8, at moment: Moment) -> Bool

  /// Whether a run that is over has failed; it stopped for good by `halt`, if at all.
  mutating func end(_ halt: Halt?) -> Bool
}

/// The guest switches the machine off and reports a failure.
public struct ExitSign: FailureSign, Sendable {
  private let code: UInt16?

  /// A failure of `code`; of any when there is none.
  public init(code: UInt16?) { self.code = code }

  /// Nothing that the console shows.
  public mutating func note(_ byte: UInt8, at moment: Moment) -> Bool { false }

  /// Whether the code is the one.
  public mutating func end(_ halt: Halt?) -> Bool {
    guard case .failure(let found) = halt else { return false }
    return code == nil || code == found
  }
}

/// The guest says that it cannot go on.
public struct PanicSign: FailureSign, Sendable {
  private let text: String?
  private var watcher = ConsoleWatcher()

  /// A panic that says what `text` does, from the word *panic* on: kernels write the time before it. Any, when there is
  /// none.
  public init(text: String?) { self.text = text.map(Self.essence) }

  /// Whether the line is complete.
  public mutating func note(_ byte: UInt8, at moment: Moment) -> Bool {
    _ = watcher.note(byte, at: moment)
    guard let panic = watcher.panic else { return false }
    return text == nil || Self.essence(panic.text) == text
  }

  /// How it ended does not matter.
  public mutating func end(_ halt: Halt?) -> Bool { false }

  private static func essence(_ text: String) -> String {
    let starts = ["Kernel panic", "panic:"].compactMap { text.firstRange(of: $0)?.lowerBound }
    return starts.min().map { String(text[$0...]) } ?? text
  }
}
