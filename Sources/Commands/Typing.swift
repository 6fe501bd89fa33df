internal import ArgumentParser
internal import Scenario

/// What is typed without anyone at the keyboard.
struct TypingOptions: ParsableArguments {
  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "Type this at the guest: at once, or when the --when behind it comes true. \\n, \\r, \\t, \\e, \\xHH and \\\\ are"
        + " understood. May be given again: one after the other.", valueName: "text"))
  var type: [String] = []

  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "When to type the --type before it: console:TEXT or console:/REGEX/, looked for behind what was found last.",
      valueName: "condition"))
  var when: [String] = []

  func validate() throws {
    guard type.count == when.count else { throw ValidationError("a --when follows the --type that it is for") }
    do { _ = try script } catch { throw ValidationError("\(error)") }
  }

  /// What is to be done.
  var script: Script {
    get throws {
      var script = Script()
      for (text, condition) in zip(type, when) {
        if !condition.isEmpty {
          script.actions.append(
            Script.Action(.expect(try Typing.pattern(condition), within: nil), place: "--when '\(condition)'"))
        }
        script.actions.append(
          Script.Action(.type(try Typing.keys(text), every: Script.keystrokeInterval), place: "--type '\(text)'"))
      }
      return script
    }
  }
}

enum Typing {
  /// The pattern of `console:TEXT` or `console:/REGEX/`.
  static func pattern(_ condition: String) throws -> Pattern {
    guard condition.hasPrefix("console:") else {
      throw BadArgument(description: "--when '\(condition)': write console:TEXT or console:/REGEX/")
    }
    do {
      return try Pattern(notation: String(condition.dropFirst("console:".count)))
    } catch {
      throw BadArgument(description: "--when '\(condition)': \(error)")
    }
  }

  /// The keys of `text`, with its escapes resolved.
  static func keys(_ text: String) throws -> [UInt8] {
    var keys: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "\\") else {
        keys.append(byte)
        continue
      }
      switch rest.popFirst() {
      case UInt8(ascii: "n"): keys.append(10)
      case UInt8(ascii: "r"): keys.append(13)
      case UInt8(ascii: "t"): keys.append(9)
      case UInt8(ascii: "e"): keys.append(27)
      case UInt8(ascii: "\\"): keys.append(UInt8(ascii: "\\"))
      case UInt8(ascii: "x"):
        guard let key = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16), rest.count >= 2 else {
          throw BadArgument(description: "--type '\(text)': \\x is followed by two hexadecimal digits")
        }
        keys.append(key)
        rest = rest.dropFirst(2)
      default:
        throw BadArgument(description: "--type '\(text)': a backslash is followed by n, r, t, e, xHH or a backslash")
      }
    }
    return keys
  }

  /// The arguments with an empty `--when` behind each `--type` that has none, so that the two lists go in pairs: the
  /// argument parser keeps the order within each option, not between two.
  static func completingPairs(_ arguments: [String]) -> [String] {
    var completed: [String] = []
    var index = 0
    while index < arguments.count, arguments[index] != "--" {
      let argument = arguments[index]
      let isBare = argument == "--type"
      completed.append(argument)
      index += 1
      guard isBare || argument.hasPrefix("--type=") else { continue }
      if isBare, index < arguments.count {
        completed.append(arguments[index])
        index += 1
      }
      if index < arguments.count, arguments[index] == "--when" || arguments[index].hasPrefix("--when=") { continue }
      completed += ["--when", ""]
    }
    return completed + arguments[index...]
  }
}
