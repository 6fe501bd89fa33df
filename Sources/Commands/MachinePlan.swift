internal import Backplane
internal import Boards
internal import Host
internal import Scenario

/// A machine to be made: its configuration, and its images by path.
struct MachinePlan: Equatable {
  /// 2026-01-01 00:00 UTC: fixed, so that unattended runs are the same on every day.
  static let defaultEpochNanoseconds: UInt64 = 1_767_225_600 * 1_000_000_000
  static let defaultRAMSize: UInt64 = 256 << 20

  /// An image and where it is.
  struct Image: Equatable {
    var role: ImageRole
    var path: String
    /// Who asked for it, for messages: an option, or a place in a scenario.
    var origin: String
    /// The digest it must have, if a certain one.
    var sha256: [UInt8]?
  }

  var configuration: VirtConfiguration
  /// At most one for each role, in the order of the roles.
  var images: [Image]

  /// What `options` ask for; what they leave open, `scenario` says, if there is one.
  /// - Parameter environment: the value of an environment variable.
  init(_ options: MachineOptions, _ scenario: LoadedScenario?, _ environment: (String) -> String?) throws {
    let paths: [ImageRole: (path: String?, option: String)] = [
      .firmware: (options.bios, "--bios"), .kernel: (options.kernel, "--kernel"), .initrd: (options.initrd, "--initrd"),
    ]
    images = []
    for role in ImageRole.allCases {
      guard let (path, option) = paths[role] else { continue }
      if let path {
        let isNone = role == .firmware && path == "none"
        if !isNone { images.append(Image(role: role, path: path, origin: option)) }
      } else if let image = try scenario?.image(role, environment) {
        images.append(image)
      }
    }
    let machine = scenario?.scenario.machine
    configuration = VirtConfiguration(
      ramSize: options.memory ?? machine?.ramSize ?? Self.defaultRAMSize,
      epochNanoseconds: options.epoch ?? machine?.epochNanoseconds ?? Self.defaultEpochNanoseconds,
      bootArguments: options.append ?? machine?.bootArguments ?? "", seed: options.seed ?? machine?.seed ?? 0)
    try check()
  }

  /// Finds what no machine can be made of.
  private func check() throws {
    guard images.contains(where: { $0.role != .initrd }) else {
      throw Failure(
        ExitStatus.usage,
        "there is nothing to start: name a scenario, a kernel with --kernel FILE, or firmware with --bios FILE",
        next: "reprise help record")
    }
    guard configuration.isRAMSizeValid else {
      throw Failure(
        ExitStatus.usage,
        "-m: \(Show.size(configuration.ramSize)) of RAM: it must be 16 MiB to 64 GiB, in whole pages of 4 KiB;"
          + " write -m 256M"
      )
    }
    guard !configuration.bootArguments.utf8.contains(0) else {
      throw Failure(ExitStatus.usage, "--append: the kernel's arguments hold no NUL")
    }
  }
}
