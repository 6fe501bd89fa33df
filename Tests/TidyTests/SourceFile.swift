import Foundation

/// A text file of the repository, or a made-up one that a test needs.
struct SourceFile: Sendable {
  /// The path from the root, with `/`.
  let path: String
  /// The lines, without their ends.
  let lines: [String]
  /// The code of a Swift file; empty for other files.
  let tokens: [Token]
  /// Whether the file may be executed.
  let isExecutable: Bool

  init(_ path: String, _ text: String, isExecutable: Bool = false) {
    self.path = path
    self.isExecutable = isExecutable
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    if lines.last == "" { lines.removeLast() }
    self.lines = lines
    tokens = path.hasSuffix(".swift") ? Lexer.tokens(of: text) : []
  }

  var name: String { path.split(separator: "/").last.map(String.init) ?? path }
  var isSwift: Bool { path.hasSuffix(".swift") }
  var isC: Bool { path.hasSuffix(".c") || path.hasSuffix(".h") }
  var isScript: Bool { lines.first?.hasPrefix("#!") ?? false }

  /// The target that the file belongs to: the folder under `Sources`, `Tests` or `Tools`.
  var target: String? {
    let parts = path.split(separator: "/")
    guard parts.count > 2, ["Sources", "Tests", "Tools"].contains(parts[0]) else { return nil }
    return String(parts[1])
  }
}

/// The repository that these tests were compiled from.
struct Repository: Sendable {
  let files: [SourceFile]

  static let root: String = {
    let parts = #filePath.split(separator: "/")
    return "/" + parts.dropLast(3).joined(separator: "/")
  }()

  /// Every text file in it, in the order of their paths. Built things (`.build`, `.cache`) are not looked at.
  static let whole = Repository(files: collect())

  func file(_ path: String) -> SourceFile? { files.first { $0.path == path } }

  func files(under folder: String) -> [SourceFile] { files.filter { $0.path.hasPrefix(folder + "/") } }

  static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: root + "/" + path) }

  private static let places = [
    "Sources", "Tests", "Tools", "Scenarios", "Traces", "Documentation", ".ci", "Package.swift", "README.md",
    "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", ".swift-format", ".gitignore",
  ]

  private static func collect() -> [SourceFile] {
    var paths: [String] = []
    for place in places {
      var isFolder: ObjCBool = false
      guard FileManager.default.fileExists(atPath: root + "/" + place, isDirectory: &isFolder) else { continue }
      guard isFolder.boolValue else {
        paths.append(place)
        continue
      }
      let inside = (try? FileManager.default.subpathsOfDirectory(atPath: root + "/" + place)) ?? []
      paths += inside.filter { path in !path.split(separator: "/").contains { $0.hasPrefix(".") } }
        .map { place + "/" + $0 }
    }
    return paths.sorted().compactMap { path in
      guard let data = FileManager.default.contents(atPath: root + "/" + path), !data.contains(0),
        let text = String(data: data, encoding: .utf8)
      else { return nil }
      let isExecutable = FileManager.default.isExecutableFile(atPath: root + "/" + path) && isMarked(path)
      return SourceFile(path, text, isExecutable: isExecutable)
    }
  }

  /// Whether the owner may execute it: `isExecutableFile` says yes to root for less.
  private static func isMarked(_ path: String) -> Bool {
    let attributes = try? FileManager.default.attributesOfItem(atPath: root + "/" + path)
    let mode = attributes?[.posixPermissions] as? NSNumber
    return (mode?.intValue ?? 0) & 0o100 != 0
  }
}
