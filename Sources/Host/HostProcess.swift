internal import Glibc

/// Other programs of the host.
public enum HostProcess {
  /// Whether the folders of `path`, as in the variable PATH, have a program of that name.
  public static func isOnPath(_ name: String, _ path: String?) -> Bool {
    (path ?? "").split(separator: ":").contains { access("\($0)/\(name)", X_OK) == 0 }
  }

  /// Makes this process the program of `words`, which begin with its path.
  /// - Returns: why it could not be.
  public static func become(_ words: [String]) -> HostError {
    var arguments = words.map { strdup($0) } + [nil]
    _ = execv(words[0], &arguments)
    let error = HostError("run", words[0])
    for argument in arguments { free(argument) }
    return error
  }
}
