public import VirtualTime

/// What is done to a machine from outside while it runs: actions, one after the other.
public struct Script: Hashable, Sendable {
  /// The actions in their order.
  public var actions: [Action]

  /// A script of `actions`.
  public init(_ actions: [Action] = []) { self.actions = actions }

  /// One thing to do or to wait for.
  public struct Action: Hashable, Sendable {
    /// What it is.
    public var kind: Kind
    /// Where it was written, for messages: `teach.yaml:12:5`. Empty when nowhere in particular.
    public var place: String

    /// An action written at `place`.
    public init(_ kind: Kind, place: String = "") { (self.kind, self.place) = (kind, place) }
  }

  /// The kinds of action.
  public enum Kind: Hashable, Sendable {
    /// Goes on when the console has shown something like the pattern. Reading begins behind the match before, so text
    /// that came while the script was typing or waiting counts too. Without a limit it waits as long as the run lasts;
    /// a limit counts guest time from the beginning of the action, and when it passes the script has failed.
    case expect(Pattern, within: Span?)
    /// Presses keys on the console: the bytes one at a time, the first at once and each other this much guest time
    /// later, so that each is an input of its own, as when a person types. With no time between them they all come at
    /// the same moment. The bytes are sent as they are: a line feed stays a line feed.
    case type([UInt8], every: Span)
    /// Lets guest time pass.
    case wait(Span)
  }

  /// How much guest time lies between two keys unless told otherwise: 1 ms. Faster than anybody types and slower than a
  /// serial line at 9,600 baud or more, so that the guest sees one key at a time.
  public static let keystrokeInterval = Span(nanoseconds: 1_000_000)
}

extension Script.Kind: CustomStringConvertible {
  /// For messages: `expect 'teach> ' within 20s`.
  public var description: String {
    switch self {
    case .expect(let pattern, .some(let limit)): "expect \(pattern) within \(Notation.text(limit))"
    case .expect(let pattern, nil): "expect \(pattern)"
    case .type(let bytes, _): "type \(Notation.text(bytes))"
    case .wait(let span): "wait \(Notation.text(span))"
    }
  }
}
