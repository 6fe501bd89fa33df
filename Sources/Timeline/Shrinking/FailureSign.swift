public import Archive
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

/// Looks for a failure at the machine itself, wherever that stands still. An object that sees one run, from where all
/// runs start: it cannot be shown the beginning afterwards, so such runs are not begun at later checkpoints.
public protocol AttendingSign<Looked>: FailureSign, AnyObject {
  /// The board of the machine that is looked at.
  associatedtype Looked: Board

  /// Whether the run has failed.
  var hasFailed: Bool { get }

  /// Lets `inputs` in by guest time, as `TimedInputs` does, and lets a machine that waits go on waiting for as long as
  /// something is looked for.
  func source(_ inputs: [TimedInput]) -> any InputSource

  /// Looks at `machine`, which stands before what is due at its moment, and is about to go on. All that it has shown by
  /// then was noted. To be called at each pause; a pause that nobody asked for changes nothing.
  /// - Parameter stop: why it stands there; `nil` when it has not run yet.
  /// - Returns: where to pause next; an `end` when nothing more is looked for.
  func attend(_ machine: Machine<Looked>, _ stop: Stop?) -> Attention

  /// Takes note of `input`, which is about to enter where the machine stands.
  func enter(_ input: Input)

  /// Looks at `machine`, whose run has ended for `reason`.
  func conclude(_ machine: Machine<Looked>, _ reason: EndReason)
}

/// The guest switches the machine off, or asks for a reset, in this way.
public struct HaltSign: FailureSign, Sendable {
  private let halt: Halt

  /// Looks for `halt`.
  public init(_ halt: Halt) { self.halt = halt }

  /// Nothing that the console shows.
  public mutating func note(_ byte: UInt8, at moment: Moment) -> Bool { false }

  /// Whether it is the one.
  public mutating func end(_ halt: Halt?) -> Bool { halt == self.halt }
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
