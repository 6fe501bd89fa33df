/// How a run ends, or must end.
public enum Exit: Hashable, Sendable {
  /// The guest switches the machine off and reports success.
  case poweredOff
  /// The guest switches the machine off and reports this failure code; `nil` for any.
  case failure(UInt16?)
  /// The guest asks for a reset.
  case reset
  /// All harts wait and nothing will ever wake them.
  case stalled
  /// The guest says that it cannot go on.
  case panic
  /// A limit of the scenario is reached.
  case limit

  /// The ends that have a word and nothing more.
  public static let plain: [Exit] = [.poweredOff, .failure(nil), .reset, .stalled, .panic, .limit]

  /// The word for it.
  public var word: String {
    switch self {
    case .poweredOff: "powered-off"
    case .failure: "failure"
    case .reset: "reset"
    case .stalled: "stalled"
    case .panic: "panic"
    case .limit: "limit"
    }
  }

  /// Whether a run that ended like `end` ended as wanted.
  func allows(_ end: Exit) -> Bool {
    if case .failure(nil) = self, case .failure = end { return true }
    return self == end
  }
}

extension Exit: CustomStringConvertible {
  /// For messages: `powered-off`, `failure 7`.
  public var description: String {
    if case .failure(.some(let code)) = self { "failure \(code)" } else { word }
  }
}
