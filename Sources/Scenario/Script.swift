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
    /// Presses keys that have names, the first at once and each other this much guest time later.
    case press([Key], every: Span)
    /// Lets guest time pass.
    case wait(Span)
    /// Goes on when the machine is at the point, at that very moment: what follows happens before anything due there.
    /// A step or a time that has passed already fails. A limit counts guest time from the beginning of the action.
    case at(Point, within: Span?)
    /// From here to the end of the run the console must not show anything like the pattern, in what comes from now on.
    /// It is looked for once in a millisecond of guest time, and at the end.
    case never(Pattern)
    /// Gives this moment a name in the recording, if there is one.
    case mark(String)
    /// The same, and stores a checkpoint of the machine there.
    case snapshot(String)
    /// The machine must be so at this moment.
    case assert(Assertion)
    /// Waits for the end of the run, which must be like this, and come before so much guest time has passed. The last
    /// action of a script.
    case exit(Exit, within: Span?)
  }

  /// Where a machine can be waited for.
  public enum Point: Hashable, Sendable {
    /// The first moment at this step.
    case step(UInt64)
    /// The first moment at or after this much guest time since power-on.
    case time(Span)
    /// The next time that the instruction at this symbol, or at an address written `*0x80200000`, is about to be
    /// executed.
    case code(String)
  }

  /// The most actions a script may have.
  public static let actionCountMax = 10_000

  /// The names that a run's own marks have: no action may give them.
  public static let takenMarks = ["output", "oops", "panic", "trap-storm", "power-off", "reset", "failure"]

  /// The symbols, and addresses in the same notation, that its actions name, each with the place of the first of them.
  public var symbols: [(name: String, place: String)] {
    var symbols: [(name: String, place: String)] = []
    for action in actions {
      let name: String
      switch action.kind {
      case .at(.code(let symbol), _): name = symbol
      case .assert(let assertion):
        guard case .symbol(let symbol, _) = assertion.subject else { continue }
        name = symbol
      default: continue
      }
      if !symbols.contains(where: { $0.name == name }) { symbols.append((name, action.place)) }
    }
    return symbols
  }

  /// How much guest time lies between two keys unless told otherwise: 1 ms. Faster than anybody types and slower than a
  /// serial line at 9,600 baud or more, so that the guest sees one key at a time.
  public static let keystrokeInterval = Span(nanoseconds: 1_000_000)
}

extension Script.Kind {
  /// The key by which scenarios write it.
  public var word: String {
    switch self {
    case .expect: "expect"
    case .type: "type"
    case .press: "key"
    case .wait: "wait"
    case .at: "at"
    case .never: "never"
    case .mark: "mark"
    case .snapshot: "snapshot"
    case .assert: "assert"
    case .exit: "expect-exit"
    }
  }
}

extension Script.Kind: CustomStringConvertible {
  /// For messages: `expect 'teach> ' within 20s`.
  public var description: String {
    switch self {
    case .expect(let pattern, .some(let limit)): "expect \(pattern) within \(Notation.text(limit))"
    case .expect(let pattern, nil): "expect \(pattern)"
    case .type(let bytes, _): "type \(Notation.text(bytes))"
    case .press(let keys, _): "key \(keys.map(\.name).joined(separator: ", "))"
    case .wait(let span): "wait \(Notation.text(span))"
    case .at(let point, let limit): "at \(point)" + Self.text(limit)
    case .never(let pattern): "never \(pattern)"
    case .mark(let name): "mark \(name)"
    case .snapshot(let name): "snapshot \(name)"
    case .assert(let assertion): "assert \(assertion)"
    case .exit(let exit, let limit): "expect-exit \(exit)" + Self.text(limit)
    }
  }

  private static func text(_ limit: Span?) -> String { limit.map { " within \(Notation.text($0))" } ?? "" }
}

extension Script.Point: CustomStringConvertible {
  /// For messages: `step 12345`.
  public var description: String {
    switch self {
    case .step(let count): "step \(count)"
    case .time(let span): "time \(Notation.text(span))"
    case .code(let name): "symbol \(name)"
    }
  }
}
