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
    if case .guest(let guest, let file) = image.source, !InputFile.exists(found) {
      throw Failure(
        ExitStatus.missingInput, "\(image.place): the guest's file \(guest)/\(file) has not been built",
        next: "Tools/guests \(guest)")
    }
    return MachinePlan.Image(role: role, path: found, origin: image.place, sha256: image.sha256)
  }

  /// A guest that the scenario needs and that has not been built, if there is one.
  func missingGuest(_ environment: (String) -> String?) -> String? {
    for image in scenario.images {
      if case .guest(let guest, _) = image.source, !InputFile.exists(place(image, environment)) { return guest }
    }
    return nil
  }

  private func place(_ image: Scenario.Image, _ environment: (String) -> String?) -> String {
    let candidates = image.source.candidates(
      scenarioFolder: folder, guestsFolder: environment("REPRISE_GUESTS"))
    guard let found = candidates.first(where: InputFile.exists) ?? candidates.last else {
      preconditionFailure("an image has a place where it may be")
    }
    return found
  }
}
