/// A key of a terminal that has a name, and the bytes it sends.
///
/// The bytes are those of xterm with cursor keys in their normal mode ("XTerm Control Sequences", "PC-Style Function
/// Keys"), which every terminal description of a guest knows.
public struct Key: Hashable, Sendable {
  /// What it is called in scenarios: `enter`, `up`, `ctrl-c`.
  public let name: String
  /// What it sends, all at one moment.
  public let bytes: [UInt8]

  /// The key called `name`; `nil` when there is none.
  public init?(named name: String) {
    guard let key = Self.all.first(where: { $0.name == name }) else { return nil }
    self = key
  }

  private init(_ name: String, _ bytes: [UInt8]) { (self.name, self.bytes) = (name, bytes) }
  private init(_ name: String, escape: String) { self.init(name, [0x1b] + Array(escape.utf8)) }

  /// Every key that has a name.
  public static let all: [Key] = {
    var keys = [
      Key("enter", [0x0d]), Key("tab", [0x09]), Key("esc", [0x1b]), Key("space", [0x20]), Key("backspace", [0x7f]),
      Key("up", escape: "[A"), Key("down", escape: "[B"), Key("right", escape: "[C"), Key("left", escape: "[D"),
      Key("home", escape: "[H"), Key("end", escape: "[F"), Key("insert", escape: "[2~"), Key("delete", escape: "[3~"),
      Key("page-up", escape: "[5~"), Key("page-down", escape: "[6~"),
      Key("f1", escape: "OP"), Key("f2", escape: "OQ"), Key("f3", escape: "OR"), Key("f4", escape: "OS"),
    ]
    for (number, code) in zip(5...12, [15, 17, 18, 19, 20, 21, 23, 24]) {
      keys.append(Key("f\(number)", escape: "[\(code)~"))
    }
    for letter in UInt8(ascii: "a")...UInt8(ascii: "z") {
      keys.append(Key("ctrl-\(Character(Unicode.Scalar(letter)))", [letter & 0x1f]))
    }
    return keys + [Key("ctrl-space", [0]), Key("ctrl-backslash", [0x1c])]
  }()
}
