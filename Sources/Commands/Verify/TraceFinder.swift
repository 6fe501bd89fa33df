internal import Host

/// Finds the traces that a command is to work on.
enum TraceFinder {
  /// The files at `paths`, and those named `*.reprise` in the folders among them and in the folders in those, in order
  /// of their names; each once.
  static func traces(_ paths: [String]) throws -> [String] {
    var found: [String] = []
    var known: Set<String> = []
    for path in paths {
      let files = HostFolder.isFolder(path) ? try HostFolder.files(in: path, suffix: ".reprise") : [path]
      for file in files where known.insert(file).inserted { found.append(file) }
    }
    guard !found.isEmpty else {
      throw Failure(
        ExitStatus.usage, "no trace found: there is no file named *.reprise in \(Show.list(paths))",
        next: "reprise record -o first.reprise --kernel FILE")
    }
    return found
  }
}
