internal import Boards
internal import Host
internal import Scenario
internal import ScenarioFile

/// A scenario and where it was read.
struct LoadedScenario {
  /// The largest scenario that is read, in bytes.
  private static let byteCountMax = 1 << 20

  let scenario: Scenario
  private let path: String
  private let folder: String

  /// Reads the scenario at `path`, with the defaults of its parameters.
  init(_ path: String) throws {
    self.path = path
    let bytes = try InputFile.contents(of: path, limit: Self.byteCountMax)
    do {
      scenario = try ScenarioFile.parse(bytes: bytes, name: path)
    } catch {
      throw Failure(ExitStatus.badScenario, "\(error)")
    }
    folder = try InputFile.folder(of: path)
  }

  /// Reads the scenarios of the file at `path`: one for each combination of values in its matrix.
  /// - Parameter parameters: values that are given from outside.
  static func all(_ path: String, parameters: [Scenario.Parameter]) throws -> [LoadedScenario] {
    [try LoadedScenario(path)]
  }

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
