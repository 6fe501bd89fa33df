internal import Host

/// The page that GitHub shows for a job: a file in Markdown that each step adds to.
enum StepSummary {
  /// The most bytes a step may add; beyond it, GitHub shows nothing of them.
  static let byteCountMax = (1 << 20) - 1024

  /// Adds `markdown` to the page, when there is one. That it cannot is told, and changes no result.
  static func append(markdown: String, _ streams: Streams) {
    guard let path = streams.environment("GITHUB_STEP_SUMMARY") else { return }
    do {
      let file = try InputFile.exists(path) ? AppendFile(extending: path) : AppendFile(creating: path, replacing: false)
      try file.append(Array(bounded(markdown).utf8))
      file.close()
    } catch {
      streams.note("note: no summary for the page of the job: \(error)")
    }
  }

  private static func bounded(_ markdown: String) -> String {
    let whole = markdown.hasSuffix("\n") ? markdown : markdown + "\n"
    guard whole.utf8.count > byteCountMax else { return whole }
    let lines = String(decoding: whole.utf8.prefix(byteCountMax), as: UTF8.self).split(
      separator: "\n", omittingEmptySubsequences: false)
    return lines.dropLast().joined(separator: "\n") + "\n\n*The rest is left out: it is too long for this page.*\n"
  }
}

/// Text in Markdown that is taken as it is.
enum Markdown {
  /// `text` in a cell of a table, or in a line of running text.
  static func plain(_ text: String) -> String {
    var result = ""
    for character in Show.plain(text) {
      if "\\`*_{}[]<>|#~!&$".contains(character) { result.append("\\") }
      result.append(character)
    }
    return result
  }

  /// `text` as code, in a cell of a table or in a line.
  static func code(_ text: String) -> String {
    let line = Show.plain(text)
    var longest = 0
    var run = 0
    for character in line {
      run = character == "`" ? run + 1 : 0
      longest = max(longest, run)
    }
    let fence = String(repeating: "`", count: longest + 1)
    let space = line.hasPrefix("`") || line.hasSuffix("`") ? " " : ""
    // A bar ends a cell even inside code.
    return fence + space + line.split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|") + space
      + fence
  }

  /// A table of `rows` under `titles`; cells are Markdown.
  static func table(_ titles: [String], _ rows: [[String]]) -> String {
    let lines = [titles, titles.map { _ in "---" }] + rows
    return lines.map { "| " + $0.joined(separator: " | ") + " |" }.joined(separator: "\n") + "\n"
  }
}
