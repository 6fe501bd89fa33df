import Testing

/// A place that breaks a rule.
struct Finding: Hashable, Sendable, CustomStringConvertible {
  let path: String
  let line: Int
  let message: String

  var description: String { "\(path):\(line): \(message)" }
}

/// Why a file need not keep a rule.
struct Exemption: Hashable, Sendable {
  let path: String
  /// The function that is exempt; empty for the whole file.
  var function = ""
  let reason: String
}

/// Something that every file of the repository must keep to.
struct Rule: Sendable, CustomTestStringConvertible {
  let name: String
  /// Code that breaks it, which must be reported.
  let canaries: [SourceFile]
  /// Code that looks like it but is right, which must not be reported.
  var decoys: [SourceFile] = []
  var exemptions: [Exemption] = []
  let findings: @Sendable (SourceFile) -> [Finding]

  var testDescription: String { name }

  /// What breaks the rule in `file` and is not exempt.
  func violations(in file: SourceFile) -> [Finding] {
    exemptions.contains { $0.path == file.path && $0.function.isEmpty } ? [] : findings(file)
  }
}

extension SourceFile {
  func finding(_ line: Int, _ message: String) -> Finding { Finding(path: path, line: line, message: message) }
}
