import Foundation
import Support

/// The oracle: `qemu-system-riscv64` of Debian 12, version 7.2, or a later one.
enum QEMU {
  /// Set this variable to 1 to leave out, and report as skipped, what needs QEMU.
  static let isWanted = ProcessInfo.processInfo.environment["REPRISE_WITHOUT_QEMU"] != "1"

  static let program = "qemu-system-riscv64"
  static let howToInstall =
    "QEMU is not installed: run `apt-get install qemu-system-misc`, or set REPRISE_WITHOUT_QEMU=1"

  /// The processor: what Reprise has, and of the rest only what cannot be seen. `zbc` and `h` would give meaning to
  /// words that are generated as illegal.
  static let processor = "rv64,zba=true,zbb=true,zbs=true,svinval=true,zbc=false,h=false,v=false"

  /// The words of the command that runs the ELF file at `image`, except the console.
  static func arguments(image: String) -> [String] {
    [
      "-M", "virt", "-cpu", processor, "-m", "\(ImageLayout.ramBytes >> 20)M", "-bios", "none", "-display", "none",
      "-monitor", "none", "-parallel", "none", "-kernel", image,
    ]
  }

  /// The command to run by hand.
  static func command(image: String) -> String {
    ([program] + arguments(image: image) + ["-serial", "stdio"]).joined(separator: " ")
  }

  /// Where the program is, if it is on the path.
  static func find() -> URL? {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin"
    return path.split(separator: ":").map { URL(fileURLWithPath: String($0)).appendingPathComponent(program) }
      .first { FileManager.default.isExecutableFile(atPath: $0.path) }
  }

  /// A run that went wrong.
  struct Problem: Error, CustomStringConvertible {
    let description: String
  }

  /// QEMU as a side; `extra` arguments change how it runs, not what.
  static func side(_ extra: [String] = []) -> Side {
    Side(name: "QEMU") { image in
      guard let program = find() else { throw Problem(description: howToInstall) }
      let folder = FileManager.default.temporaryDirectory.appendingPathComponent("reprise-oracle-\(UUID().uuidString)")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      defer { try? FileManager.default.removeItem(at: folder) }
      let kernel = folder.appendingPathComponent("programs.elf")
      let console = folder.appendingPathComponent("console")
      try Data(image.elf).write(to: kernel)
      let process = Process()
      // The image ends QEMU through the finisher. One that does not, because the generator is wrong, must not hang the
      // tests: `timeout` is part of coreutils, and no result depends on it.
      process.executableURL = URL(fileURLWithPath: "/usr/bin/timeout")
      process.arguments =
        ["120", program.path] + arguments(image: kernel.path) + ["-serial", "file:\(console.path)"] + extra
      process.standardInput = FileHandle.nullDevice
      let errors = Pipe()
      process.standardError = errors
      try process.run()
      let message = errors.fileHandleForReading.readDataToEndOfFile()
      process.waitUntilExit()
      guard process.terminationStatus == 0 else {
        let text = String(decoding: message, as: UTF8.self)
        throw Problem(description: "QEMU ended with status \(process.terminationStatus) (124: it did not end): \(text)")
      }
      return Side.lines(of: Array(try Data(contentsOf: console)))
    }
  }
}
