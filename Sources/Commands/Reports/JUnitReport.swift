/// Results of many cases, as the XML that CI services read.
///
/// The form is that of the schema which the xUnit plugin of Jenkins checks against (`junit-10.xsd`), of which other
/// readers take parts. It knows no file and line of a case: they stand in the first line of a failure's text.
struct JUnitReport {
  /// How a case came out.
  enum Outcome: Equatable {
    case passed
    /// The verdict is no. `type` is one word for what kind of no.
    case failed(type: String, message: String, details: String)
    /// There is no verdict.
    case error(type: String, message: String, details: String)
    case skipped(message: String)
  }

  /// One result.
  struct Case: Equatable {
    /// What it is a case of; cases of one suite stand together.
    var suite: String
    /// Its name, unlike any other in its suite.
    var name: String
    /// How long it took, when that is to be told.
    var seconds: Double?
    /// How it came out.
    var outcome: Outcome
    /// What it showed; guest bytes and all. Of a long one the end is kept.
    var output: String = ""
    /// Where what failed is written.
    var file: String?
    /// The line in `file`, from 1 on.
    var line: Int?
  }

  /// The most bytes of a case's output that are kept: services refuse reports that are too large.
  static let outputBytesMax = 1 << 18

  /// The name of the whole.
  let name: String
  /// The results, in the order in which they were added.
  private(set) var cases: [Case] = []

  /// A report without results.
  init(name: String) { self.name = name }

  /// Adds a result.
  mutating func add(_ entry: Case) { cases.append(entry) }

  /// The report. The same results are the same bytes.
  var xml: String {
    var text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    text += "<testsuites name=\"\(XMLText.attribute(name))\"\(Counts(cases).attributes)>\n"
    for suite in suites {
      let counts = Counts(suite.cases)
      text += "  <testsuite name=\"\(XMLText.attribute(suite.name))\"\(counts.attributes)"
      text += " skipped=\"\(counts.skipped)\">\n"
      for entry in suite.cases { text += Self.xml(of: entry) }
      text += "  </testsuite>\n"
    }
    return text + "</testsuites>\n"
  }

  /// The cases by suite, in the order in which suites first came.
  private var suites: [(name: String, cases: [Case])] {
    var suites: [(name: String, cases: [Case])] = []
    var places: [String: Int] = [:]
    for entry in cases {
      if let place = places[entry.suite] {
        suites[place].cases.append(entry)
      } else {
        places[entry.suite] = suites.count
        suites.append((entry.suite, [entry]))
      }
    }
    return suites
  }

  private static func xml(of entry: Case) -> String {
    var text = "    <testcase classname=\"\(XMLText.attribute(entry.suite))\""
    text += " name=\"\(XMLText.attribute(entry.name))\""
    if let seconds = entry.seconds { text += " time=\"\(self.text(seconds))\"" }
    var children = ""
    switch entry.outcome {
    case .passed: break
    case .failed(let type, let message, let details):
      children += problem("failure", type, message, place(of: entry) + details)
    case .error(let type, let message, let details):
      children += problem("error", type, message, place(of: entry) + details)
    case .skipped(let message):
      children += "      <skipped message=\"\(XMLText.attribute(message))\"/>\n"
    }
    if !entry.output.isEmpty {
      children += "      <system-out>\(XMLText.content(end(of: entry.output)))</system-out>\n"
    }
    return text + (children.isEmpty ? "/>\n" : ">\n\(children)    </testcase>\n")
  }

  private static func problem(_ element: String, _ type: String, _ message: String, _ details: String) -> String {
    "      <\(element) type=\"\(XMLText.attribute(type))\" message=\"\(XMLText.attribute(message))\">"
      + "\(XMLText.content(details))</\(element)>\n"
  }

  private static func place(of entry: Case) -> String {
    guard let file = entry.file else { return "" }
    return file + (entry.line.map { ":\($0)" } ?? "") + "\n"
  }

  private static func end(of output: String) -> String {
    guard output.utf8.count > outputBytesMax else { return output }
    let rest = String(decoding: output.utf8.suffix(outputBytesMax), as: UTF8.self)
    return "[\(Show.count(output.utf8.count - outputBytesMax)) bytes before this are left out]\n" + rest
  }

  /// Seconds with three digits behind the point, in every language.
  fileprivate static func text(_ seconds: Double) -> String {
    let milliseconds = UInt64(max(0, min(seconds, 1e12)) * 1000 + 0.5)
    return "\(milliseconds / 1000)." + String(String(milliseconds % 1000 + 1000).dropFirst())
  }

  /// What is counted in a suite.
  private struct Counts {
    var tests = 0
    var failures = 0
    var errors = 0
    var skipped = 0
    var seconds: Double?

    init(_ cases: [Case]) {
      tests = cases.count
      for entry in cases {
        if let more = entry.seconds { seconds = (seconds ?? 0) + more }
        switch entry.outcome {
        case .passed: break
        case .failed: failures += 1
        case .error: errors += 1
        case .skipped: skipped += 1
        }
      }
    }

    var attributes: String {
      let time = seconds.map { " time=\"\(JUnitReport.text($0))\"" } ?? ""
      return " tests=\"\(tests)\" failures=\"\(failures)\" errors=\"\(errors)\"" + time
    }
  }
}

/// Text as XML 1.0 can hold it ("Extensible Markup Language (XML) 1.0", 2.2 "Characters").
enum XMLText {
  /// `text` between two tags.
  static func content(_ text: String) -> String {
    escaped(text) { scalar in scalar == "\n" || scalar == "\t" ? String(scalar) : nil }
  }

  /// `text` between two double quotes.
  static func attribute(_ text: String) -> String {
    escaped(text) { scalar in
      switch scalar {
      // As they are, a reader would make spaces of them.
      case "\n": "&#10;"
      case "\t": "&#9;"
      case "\"": "&quot;"
      default: nil
      }
    }
  }

  private static func escaped(_ text: String, _ special: (Unicode.Scalar) -> String?) -> String {
    var result = ""
    var scalars = text.unicodeScalars[...]
    while let scalar = scalars.popFirst() {
      if scalar == "\u{1b}" {
        scalars = afterEscape(scalars)
      } else if let text = special(scalar) {
        result += text
      } else {
        switch scalar {
        case "&": result += "&amp;"
        case "<": result += "&lt;"
        case ">": result += "&gt;"
        case _ where isText(scalar): result.unicodeScalars.append(scalar)
        default: break
        }
      }
    }
    return result
  }

  /// Whether `scalar` is a character, and controls nothing.
  private static func isText(_ scalar: Unicode.Scalar) -> Bool {
    scalar.value >= 32 && !(0x7f..<0xa0).contains(scalar.value) && scalar.value & 0xfffe != 0xfffe
  }

  /// What is behind the sequence that an escape character begins: colours and movements say nothing in a report.
  /// ECMA-48, 5.4 "Control sequences": parameters, intermediate bytes, one final byte.
  private static func afterEscape(_ scalars: Substring.UnicodeScalarView) -> Substring.UnicodeScalarView {
    guard scalars.first == "[" else { return scalars }
    let rest = scalars.dropFirst().drop { (0x20...0x3f).contains($0.value) }
    guard let final = rest.first, (0x40...0x7e).contains(final.value) else { return rest }
    return rest.dropFirst()
  }
}
