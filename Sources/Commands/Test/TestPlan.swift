internal import FoundationEssentials
internal import Host
internal import Scenario

/// One scenario of a test, as far as it can be made ready.
struct TestEntry: Sendable {
  /// What is known of it before it runs.
  enum Readiness: Sendable {
    case ready(ScenarioPlan)
    /// It is left out, for this reason.
    case skipped(String)
    /// It cannot be run: the exit status, and why.
    case refused(status: Int32, message: String, next: String?)
  }

  /// The scenario's title, or the file's path when it could not be read.
  var title: String
  /// Its file, as it was named.
  var file: String
  var readiness: Readiness
}

/// Finds scenarios and makes them ready.
struct TestPlan {
  /// Folders lie no deeper in each other.
  private static let folderDepthMax = 16
  /// The most scenarios of one test.
  static let scenarioCountMax = 10_000

  /// `NAME=VALUE` of `--param`.
  var parameters: [Scenario.Parameter] = []
  /// Part of a title that those must have that are run.
  var filters: [String] = []
  /// Whether an image that somebody has to get first, such as a guest that is built, may be missing.
  var skipsMissing = false
  var environment: (String) -> String? = { _ in nil }

  /// The scenarios of `paths`, in the order of the paths; those of a folder by name.
  /// - Throws: `Failure`, when a path leads nowhere.
  func entries(_ paths: [String]) throws -> [TestEntry] {
    let images = SharedImages()
    var entries: [TestEntry] = []
    var known: Set<String> = []
    for file in try files(paths) {
      let loaded: [LoadedScenario]
      do {
        loaded = try LoadedScenario.all(file, parameters: parameters)
      } catch let failure as Failure {
        entries.append(refused(failure, title: file, file))
        continue
      } catch let error as HostError {
        entries.append(refused(Failure(ExitStatus.missingInput, "\(error)"), title: file, file))
        continue
      }
      for scenario in loaded { known.formUnion(scenario.scenario.parameters.map(\.name)) }
      for scenario in loaded where isWanted(scenario.scenario.title) {
        guard entries.count < Self.scenarioCountMax else {
          throw Failure(ExitStatus.usage, "there are more than \(Show.count(Self.scenarioCountMax)) scenarios")
        }
        entries.append(try entry(scenario, file, images))
      }
    }
    if let stranger = parameters.first(where: { !known.contains($0.name) }) {
      throw LoadedScenario.unknown(stranger, known.sorted())
    }
    return entries
  }

  private func entry(_ loaded: LoadedScenario, _ file: String, _ images: SharedImages) throws -> TestEntry {
    let title = loaded.scenario.title
    if skipsMissing, let reason = loaded.missing(environment) {
      return TestEntry(title: title, file: file, readiness: .skipped(reason))
    }
    do {
      return TestEntry(title: title, file: file, readiness: .ready(try ScenarioPlan(loaded, images, environment)))
    } catch let failure as Failure {
      return refused(failure, title: title, file)
    }
  }

  private func refused(_ failure: Failure, title: String, _ file: String) -> TestEntry {
    let readiness = TestEntry.Readiness.refused(
      status: failure.status, message: failure.message, next: failure.next)
    return TestEntry(title: title, file: file, readiness: readiness)
  }

  private func isWanted(_ title: String) -> Bool {
    filters.isEmpty || filters.contains { title.contains($0) }
  }

  // MARK: Files

  private func files(_ paths: [String]) throws -> [String] {
    var files: [String] = []
    for path in paths {
      var isFolder = false
      guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
        throw Failure(ExitStatus.missingInput, "there is no \(path)", next: "reprise help test")
      }
      if isFolder {
        let found = scenarios(in: path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path, depth: 0)
        guard !found.isEmpty else {
          throw Failure(ExitStatus.missingInput, "there is no scenario in \(path): no file NAME.yaml")
        }
        files += found
      } else {
        files.append(path)
      }
    }
    return files.reduce(into: []) { files, file in if !files.contains(file) { files.append(file) } }
  }

  /// The scenarios in `folder` and below, by name. What begins with `_` is for others to include.
  private func scenarios(in folder: String, depth: Int) -> [String] {
    guard depth < Self.folderDepthMax,
      let names = try? FileManager.default.contentsOfDirectory(atPath: folder)
    else { return [] }
    var files: [String] = []
    for name in names.sorted() where !name.hasPrefix(".") && !name.hasPrefix("_") {
      let path = "\(folder)/\(name)"
      var isFolder = false
      guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else { continue }
      if isFolder {
        files += scenarios(in: path, depth: depth + 1)
      } else if name.hasSuffix(".yaml") || name.hasSuffix(".yml") {
        files.append(path)
      }
    }
    return files
  }
}
