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

  /// Reads the scenario at `path`.
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

  /// The image for `role`, if the scenario names one.
  func image(_ role: ImageRole, _ environment: (String) -> String?) throws -> MachinePlan.Image? {
    guard let image = scenario.images.first(where: { $0.role.rawValue == role.rawValue }) else { return nil }
    let candidates = image.source.candidates(
      scenarioFolder: folder, guestsFolder: environment("REPRISE_GUESTS"))
    guard let found = candidates.first(where: InputFile.exists) ?? candidates.last else {
      preconditionFailure("an image has a place where it may be")
    }
    if case .guest(let guest, let file) = image.source, !InputFile.exists(found) {
      throw Failure(
        ExitStatus.missingInput, "\(image.place): the guest's file \(guest)/\(file) has not been built",
        next: "Tools/guests \(guest)")
    }
    return MachinePlan.Image(role: role, path: found, origin: image.place, sha256: image.sha256)
  }
}
