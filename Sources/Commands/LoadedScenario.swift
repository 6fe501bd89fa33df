internal import Boards
internal import Host
internal import Scenario
internal import ScenarioFile

/// A scenario and where it was read.
struct LoadedScenario {
  /// The largest file that is read, in bytes.
  private static let byteCountMax = 1 << 20

  let scenario: Scenario
  /// The file, as it was named.
  let path: String
  private let folder: String

  private init(_ scenario: Scenario, path: String, folder: String) {
    (self.scenario, self.path, self.folder) = (scenario, path, folder)
  }

  /// Reads the scenario at `path`, without its matrix.
  /// - Parameter parameters: values that go before the defaults of its own.
  init(_ path: String, parameters: [Scenario.Parameter] = []) throws {
    let bytes = try Self.contents(path)
    let scenario = try Self.explaining { () throws(ScenarioError) in
      try ScenarioFile.parse(bytes: bytes, name: path, parameters: parameters, files: Self.contents)
    }
    for parameter in parameters where !scenario.parameters.contains(where: { $0.name == parameter.name }) {
      throw Self.unknown(parameter, scenario.parameters.map(\.name))
    }
    self.init(scenario, path: path, folder: try InputFile.folder(of: path))
  }

  /// Reads the scenarios of the file at `path`: one for each combination of values in its matrix.
  /// - Parameter parameters: values from outside. Those that the file does not have are of no matter.
  static func all(_ path: String, parameters: [Scenario.Parameter]) throws -> [LoadedScenario] {
    let bytes = try contents(path)
    let scenarios = try explaining { () throws(ScenarioError) in
      try ScenarioFile.expand(bytes: bytes, name: path, parameters: parameters, files: contents)
    }
    let folder = try InputFile.folder(of: path)
    return scenarios.map { LoadedScenario($0, path: path, folder: folder) }
  }

  /// What it means that nothing has the parameter that is given.
  static func unknown(_ parameter: Scenario.Parameter, _ known: [String]) -> Failure {
    let names = known.isEmpty ? "there are none" : "there are \(Show.list(known))"
    return Failure(ExitStatus.usage, "--param \(parameter.name): there is no such parameter; \(names)")
  }

  private static func contents(_ path: String) throws -> [UInt8] {
    try InputFile.contents(of: path, limit: byteCountMax)
  }

  private static func explaining<Result>(_ body: () throws(ScenarioError) -> Result) throws -> Result {
    do {
      return try body()
    } catch {
      throw Failure(ExitStatus.badScenario, "\(error)")
    }
  }

  /// The path of a file that the scenario names relative to its folder.
  func file(_ relative: String) -> String { "\(folder)/\(relative)" }

  /// The image for `role`, if the scenario names one.
  func image(_ role: ImageRole, _ environment: (String) -> String?) throws -> MachinePlan.Image? {
    guard let image = scenario.images.first(where: { $0.role.rawValue == role.rawValue }) else { return nil }
    let found = place(image, environment)
    if !InputFile.exists(found), let problem = problem(ofMissing: image, environment) { throw problem }
    return MachinePlan.Image(role: role, path: found, origin: image.place, sha256: image.sha256)
  }

  /// Why an image is not there that somebody has to get first: a guest that is built, or a file that has a digest.
  /// `nil` when they all are.
  func missing(_ environment: (String) -> String?) -> String? {
    for image in scenario.images where !InputFile.exists(place(image, environment)) {
      switch image.source {
      case .file: continue
      case .guest(let guest, _): return "the guest '\(guest)' has not been built"
      case .digest(let bytes): return "there is no image with the digest \(Show.hexadecimal(bytes))"
      }
    }
    return nil
  }

  /// What is to be done about an image that is not there; `nil` when its path says it all.
  private func problem(ofMissing image: Scenario.Image, _ environment: (String) -> String?) -> Failure? {
    switch image.source {
    case .file: return nil
    case .guest(let guest, let file):
      return Failure(
        ExitStatus.missingInput, "\(image.place): the guest's file \(guest)/\(file) has not been built",
        next: "Tools/guests \(guest)")
    case .digest(let bytes):
      let digest = Show.hexadecimal(bytes)
      let given = environment("REPRISE_IMAGES")
      let folders = given ?? ".cache/images, of \(folder) and of the folders above it"
      return Failure(
        ExitStatus.missingInput,
        "\(image.place): there is no \(image.role.rawValue) with the SHA-256 digest \(digest); a file of that name is"
          + " looked for in \(folders). A trace that holds it can put it there; a file is copied there",
        next: Show.command("reprise", "info", "--images", given ?? "\(folder)/.cache/images", "FILE.reprise"))
    }
  }

  private func place(_ image: Scenario.Image, _ environment: (String) -> String?) -> String {
    let candidates = image.source.candidates(
      scenarioFolder: folder, guestsFolder: environment("REPRISE_GUESTS"),
      imagesFolder: environment("REPRISE_IMAGES"))
    guard let found = candidates.first(where: InputFile.exists) ?? candidates.last else {
      preconditionFailure("an image has a place where it may be")
    }
    return found
  }
}
