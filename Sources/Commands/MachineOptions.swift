internal import ArgumentParser
internal import Backplane
internal import Boards

/// What the machine is made of.
struct MachineOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The kernel: a Linux Image, or an ELF file.", valueName: "file"))
  var kernel: String?

  @Option(help: ArgumentHelp("The firmware that starts first (OpenSBI's fw_dynamic), or 'none'.", valueName: "file"))
  var bios: String?

  @Option(help: ArgumentHelp("The initial RAM disk.", valueName: "file"))
  var initrd: String?

  @Option(help: ArgumentHelp("The kernel's arguments.", valueName: "text"))
  var append: String?

  @Option(
    name: [.customShort("m"), .customLong("memory")],
    help: ArgumentHelp("RAM: 16M to 64G. (default: 256M)", valueName: "size"), transform: Quantity.bytes)
  var memory: UInt64?

  @Option(
    help: ArgumentHelp(
      "What the guest's calendar clock shows at power-on: ISO 8601 or seconds since 1970."
        + " (default: 2026-01-01T00:00:00Z)",
      valueName: "date"), transform: Quantity.epoch)
  var epoch: UInt64?

  @Option(
    help: ArgumentHelp("What the guest's random seed starts from. (default: 0)", valueName: "number"),
    transform: Quantity.count)
  var seed: UInt64?
}
