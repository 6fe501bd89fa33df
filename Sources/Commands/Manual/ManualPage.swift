/// A page of the manual: that of the whole command, or of one subcommand.
struct ManualPage {
  /// The name of its file.
  let fileName: String
  /// The page, in man(7).
  let text: String

  /// The pages of `tree`: one of its own, and one for each subcommand that is shown.
  static func all(_ tree: CommandTree, version: String) -> [ManualPage] {
    let statuses = ExitStatusList(in: tree.discussion ?? "")
    let children = (tree.subcommands ?? []).filter { $0.shouldDisplay && $0.commandName != "help" }
    let root = ManualPage(tree, of: nil, children, statuses, version)
    return [root] + children.map { ManualPage($0, of: tree, children, statuses, version) }
  }

  private init(
    _ command: CommandTree, of parent: CommandTree?, _ subcommands: [CommandTree], _ statuses: ExitStatusList,
    _ version: String
  ) {
    let words = [parent?.commandName, command.commandName].compactMap(\.self)
    let name = words.joined(separator: "-")
    let arguments = (command.arguments ?? []).filter(\.shouldDisplay)
    var roff = Roff()
    // No date: the same release has the same page, whenever it is built.
    roff.request("TH", name.uppercased(), "1", "", "Reprise \(version)", "Reprise")
    roff.request("SH", "NAME")
    roff.line("\(name) - \(Self.asPhrase(command.abstract ?? ""))")
    roff.request("SH", "SYNOPSIS")
    roff.raw(Self.synopsis(words, arguments, hasSubcommands: parent == nil))

    let description = parent == nil ? statuses.before : command.discussion ?? ""
    roff.request("SH", "DESCRIPTION")
    roff.paragraphs((command.abstract ?? "") + "\n\n" + description)
    if parent == nil {
      roff.request("SH", "COMMANDS")
      for child in subcommands {
        roff.item(Roff.bold("\(command.commandName)-\(child.commandName)") + "(1)", child.abstract ?? "")
      }
    }
    Self.list(arguments.filter { $0.kind == .positional }, &roff)
    Self.list(arguments.filter { $0.kind != .positional }, &roff)

    roff.request("SH", "EXIT STATUS")
    for status in statuses.entries { roff.item(Roff.bold(status.numbers), status.meaning) }
    roff.request("SH", "SEE ALSO")
    let others = subcommands.map(\.commandName).filter { $0 != command.commandName }.map { "\(words[0])-\($0)" }
    let pages = (parent.map { [$0.commandName] } ?? []) + others
    roff.raw(pages.map { Roff.bold($0) + "(1)" }.joined(separator: ",\n"))
    (fileName, text) = (name + ".1", roff.text)
  }

  /// What comes behind the dash of NAME: no capital, no full stop.
  private static func asPhrase(_ sentence: String) -> String {
    let text = sentence.hasSuffix(".") ? sentence.dropLast() : sentence[...]
    return text.prefix(1).lowercased() + text.dropFirst()
  }

  private static func synopsis(
    _ words: [String], _ arguments: [CommandTree.Argument], hasSubcommands: Bool
  ) -> String {
    var parts = words.map(Roff.bold)
    if hasSubcommands { parts.append(Roff.italic("command")) }
    for option in arguments where option.kind == .option && !option.isOptional {
      parts.append(term(option))
    }
    if arguments.contains(where: { $0.kind != .positional && $0.isOptional }) {
      parts.append("[" + Roff.italic("options") + "]")
    }
    for argument in arguments where argument.kind == .positional {
      let name = Roff.italic(argument.valueName ?? "value") + (argument.isRepeating ? "..." : "")
      parts.append(argument.isOptional ? "[\(name)]" : name)
    }
    return parts.joined(separator: " ")
  }

  /// Arguments under their titles, in the order in which the titles come first; those without one under a usual one.
  private static func list(_ arguments: [CommandTree.Argument], _ roff: inout Roff) {
    guard let kind = arguments.first?.kind else { return }
    roff.request("SH", kind == .positional ? "ARGUMENTS" : "OPTIONS")
    var titles: [String?] = []
    for argument in arguments where !titles.contains(argument.sectionTitle) { titles.append(argument.sectionTitle) }
    // What has no title must not seem to belong to one.
    titles = titles.filter { $0 == nil } + titles.filter { $0 != nil }
    for title in titles {
      if let title { roff.request("SS", title) }
      for argument in arguments where argument.sectionTitle == title {
        let said = [argument.abstract, argument.discussion].compactMap(\.self).joined(separator: "\n\n")
        let usual = argument.defaultValue.map { " (default: \($0))" } ?? ""
        roff.item(term(argument), said + usual)
      }
    }
  }

  private static func term(_ argument: CommandTree.Argument) -> String {
    let value = Roff.italic(argument.valueName ?? "value")
    guard argument.kind != .positional else { return value }
    let names = (argument.names ?? []).map { Roff.bold($0.text) }.joined(separator: ", ")
    return argument.kind == .flag ? names : names + " " + value
  }
}

/// The exit statuses, as the help of the whole command tells them: one sentence, with a semicolon between two.
struct ExitStatusList {
  /// What the help says before it comes to them.
  let before: String
  let entries: [(numbers: String, meaning: String)]

  init(in discussion: String) {
    let marker = "Exit status: "
    let paragraphs = discussion.split(separator: "\n\n").map(String.init)
    before = paragraphs.filter { !$0.hasPrefix(marker) }.joined(separator: "\n\n")
    let sentence = paragraphs.first { $0.hasPrefix(marker) }?.dropFirst(marker.count) ?? ""
    let text = sentence.hasSuffix(".") ? sentence.dropLast() : sentence
    entries = text.split(separator: ";").map { part in
      let words = part.split(whereSeparator: \.isWhitespace)
      let isNumber = { (word: Substring) in word == "and" || word.first?.isNumber == true }
      return (
        words.prefix(while: isNumber).joined(separator: " "), words.drop(while: isNumber).joined(separator: " ")
      )
    }
  }
}
