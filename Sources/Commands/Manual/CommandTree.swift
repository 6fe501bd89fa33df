internal import ArgumentParser
internal import FoundationEssentials

/// What the argument parser says of a command: its words, and those of its subcommands.
struct CommandTree: Decodable {
  var commandName: String
  var abstract: String?
  var discussion: String?
  var shouldDisplay = true
  var subcommands: [CommandTree]?
  var arguments: [Argument]?

  /// An option, a flag or a plain argument.
  struct Argument: Decodable {
    var kind: Kind
    var shouldDisplay: Bool
    var sectionTitle: String?
    var isOptional: Bool
    var isRepeating: Bool
    var names: [Name]?
    var valueName: String?
    var defaultValue: String?
    var abstract: String?
    var discussion: String?
  }

  enum Kind: String, Decodable {
    case positional, option, flag
  }

  struct Name: Decodable {
    var kind: Form
    var name: String

    enum Form: String, Decodable {
      case long, short, longWithSingleDash
    }

    /// As it is typed.
    var text: String { (kind == .long ? "--" : "-") + name }
  }

  private struct Dump: Decodable {
    var command: CommandTree
  }

  private enum CodingKeys: CodingKey {
    case commandName, abstract, discussion, shouldDisplay, subcommands, arguments
  }

  /// The tree of `reprise`, as it is in this program.
  /// - Throws: `DecodingError` when the parser describes itself in another way than it did.
  static func ofThisProgram() throws -> CommandTree {
    try JSONDecoder().decode(Dump.self, from: Data(Reprise._dumpHelp().utf8)).command
  }
}
