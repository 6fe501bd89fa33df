internal import Archive
internal import ArgumentParser
internal import Backplane
internal import Boards
internal import Host
internal import Scenario

/// A scenario that is ready to run: its images are read and its symbols found. Threads share it.
struct ScenarioPlan: Sendable {
  /// Guest time after which a test ends when its scenario sets no limit at all: 10 minutes, in nanoseconds.
  static let limitNanosecondsDefault: UInt64 = 600_000_000_000

  /// An image in its place.
  struct Image: Sendable {
    let role: ImageRole
    let file: SharedImage
  }

  /// What is run.
  let scenario: Scenario
  /// What the machine is made of.
  let configuration: VirtConfiguration
  /// In the order of the roles.
  let images: [Image]
  /// Of the script's symbols.
  let addresses: [String: UInt64]
  /// The golden ladder that every run must climb, if there is one.
  let golden: GoldenCheck?

  /// Makes `loaded` ready.
  /// - Parameters:
  ///   - options: go before what it says of its machine; `nil` for none.
  ///   - images: have the files of scenarios before.
  ///   - environment: the value of an environment variable.
  /// - Throws: `Failure`: an image is missing, or the scenario is wrong.
  init(
    _ loaded: LoadedScenario, options: MachineOptions? = nil, _ images: SharedImages,
    _ environment: (String) -> String?
  ) throws {
    let plan = try MachinePlan(options ?? MachineOptions.parse([]), loaded, environment)
    (scenario, configuration) = (loaded.scenario, plan.configuration)
    let files = try plan.images.map { Image(role: $0.role, file: try images.image($0)) }
    self.images = files
    golden = try loaded.scenario.golden.map { try GoldenCheck(loaded.file($0.path), place: $0.place) }
    addresses = try ScriptSymbols.addresses(loaded.scenario.script) {
      files.map { ScriptSymbols.Image(role: $0.role, name: ImageFiles.baseName($0.file.path), bytes: $0.file.bytes) }
    }
  }

  /// The machine at power-on.
  func makeMachine() throws -> Machine<VirtBoard> {
    try VirtMachine.make(configuration, roles: images.map(\.role)) { role in
      guard let image = images.first(where: { $0.role == role }) else {
        preconditionFailure("only the roles of the plan are asked for")
      }
      return BoardImage(role: role, name: image.file.path, bytes: image.file.bytes)
    }
  }

  /// What a header says of the images, which are all in the trace.
  var references: [ImageReference] {
    images.map { image in
      ImageReference(
        role: image.role.rawValue, name: ImageFiles.baseName(image.file.path), loadAddress: 0,
        byteCount: UInt64(image.file.bytes.count), sha256: image.file.sha256, isEmbedded: true)
    }
  }
}
