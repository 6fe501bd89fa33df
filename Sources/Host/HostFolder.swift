internal import Glibc

/// Folders of the host.
public enum HostFolder {
  /// Folders in folders deeper than this are not looked into.
  private static let depthMax = 64

  /// Whether there is a folder at `path`.
  public static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// The paths of the files in the folder at `path` and in the folders in it, whose names end with `suffix`; in order.
  /// What is hidden, and links to folders, are passed over.
  public static func files(in path: String, suffix: String) throws(HostError) -> [String] {
    var found: [String] = []
    try collect(path, suffix, depth: 0, &found)
    return found
  }

  private static func collect(
    _ path: String, _ suffix: String, depth: Int, _ found: inout [String]
  ) throws(HostError) {
    guard depth <= depthMax else { return }
    let base = path.hasSuffix("/") ? path : path + "/"
    for name in try names(in: path) where !name.hasPrefix(".") {
      var status = stat()
      guard lstat(base + name, &status) == 0 else { continue }
      if status.st_mode & S_IFMT == S_IFDIR {
        try collect(base + name, suffix, depth: depth + 1, &found)
      } else if name.hasSuffix(suffix), !isFolder(base + name) {
        found.append(base + name)
      }
    }
  }

  /// The names in the folder at `path`, in order of their bytes.
  public static func names(in path: String) throws(HostError) -> [String] {
    guard let folder = opendir(path) else { throw HostError("open", path) }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// Takes away the file at `path`, if it is there.
  public static func removeFile(_ path: String) { _ = unlink(path) }

  /// Makes the folder at `path`, and those above it, unless they are there.
  public static func make(_ path: String) throws(HostError) {
    var made = path.hasPrefix("/") ? "/" : ""
    for part in path.split(separator: "/") {
      made += part
      if mkdir(made, 0o777) != 0, errno != EEXIST || !isFolder(made) { throw HostError("make the folder", made) }
      made += "/"
    }
  }
}
