/// Messages that GitHub shows at a line of a file, or on top of the page of a run.
enum Annotations {
  /// Annotates an error. Nothing, unless GitHub runs this.
  /// - Parameters:
  ///   - file: the file, relative to the repository.
  ///   - line: the line in it, from 1 on.
  ///   - title: a few words.
  ///   - message: what is wrong; it may have several lines.
  static func error(
    file: String? = nil, line: Int? = nil, title: String, message: String, _ streams: Streams
  ) {
    guard streams.environment("GITHUB_ACTIONS") == "true" else { return }
    var properties: [String] = []
    if let file { properties.append("file=\(property(file))") }
    if let line { properties.append("line=\(line)") }
    properties.append("title=\(property(title))")
    // The runner reads both streams; results are on the other one.
    streams.note("::error \(properties.joined(separator: ","))::\(data(message))")
  }

  /// `text` as the message of a workflow command: "%" and ends of lines have codes.
  private static func data(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "%": result += "%25"
      case "\r": result += "%0D"
      case "\n": result += "%0A"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// `text` as the value of a property, where ":" and "," have codes too.
  private static func property(_ text: String) -> String {
    var result = ""
    for scalar in data(text).unicodeScalars {
      switch scalar {
      case ":": result += "%3A"
      case ",": result += "%2C"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
