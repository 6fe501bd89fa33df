import FoundationEssentials
import Scenario
import ScenarioFile
import Testing

/// The repository's folder `Scenarios`.
let scenariosFolder = URL(filePath: #filePath)
  .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().appending(path: "Scenarios")

/// A file in it.
func shippedFile(_ name: String) throws -> [UInt8] {
  [UInt8](try Data(contentsOf: scenariosFolder.appending(path: name)))
}

/// The scenario in `text`.
func parse(_ text: String) throws(ScenarioError) -> Scenario {
  try ScenarioFile.parse(bytes: Array(text.utf8), name: "x.yaml")
}

/// The shortest scenario with `more` behind it.
func minimal(_ more: String = "") -> String { "name: a\nimages: {kernel: k}\n\(more)" }

/// What is said about `text`, which is wrong; empty when nothing is.
func complaint(_ text: String) -> String {
  do throws(ScenarioError) {
    _ = try parse(text)
    return ""
  } catch {
    return "\(error)"
  }
}

/// One that uses everything.
let full = """
  name: full-1.0
  machine: {board: virt, ram: 256M, epoch: 2026-01-31T12:00:00Z, seed: 0xff, append: "console=ttyS0 quiet"}
  images:
    firmware: ../firmware.bin
    kernel: {guest: linux/kernel, sha256: \(String(repeating: "0aB1", count: 16))}
    initrd: {path: initrd.cpio}
  keystroke-interval: 20ms
  script:
    - expect: "login: "
      within: 20s
    - type: "root\\n\\x03"
    - expect: /# $/
    - expect: {text: /usr/}
    - expect: {regex: '\\d+'}
      within: 1.5s
    - wait: 500ms
    - type: |
        off
      every: 0s
  limits: {steps: 10000000000, time: 60s}
  record: {rung-interval: 1048576, effects: [output, devices]}

  """
