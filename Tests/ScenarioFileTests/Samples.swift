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

/// One that uses what scenarios came to have later; what it includes is `prompt`.
let newer = """
  include: prompt.yaml
  name: newer
  parameters: {ram: 64M, key: up, place: start_kernel, code: 7}
  matrix:
    ram: [64M, 128M]
    key: [up, ctrl-c]
  machine: {ram: "${ram}", append: "cost=$${5} mode=${key}"}
  images:
    kernel: {sha256: \(String(repeating: "0aB1", count: 16))}
  golden: newer.ladder
  script:
    - never: /panic|Oops/
    - {key: "${key}", every: 5ms}
    - include: prompt.yaml
    - {at: {symbol: "${place}"}, within: 1s}
    - at: {step: 12345}
    - at: {time: 1.5s}
    - at: {address: 0x80200000}
    - mark: here
    - snapshot: there-2
    - assert: {register: a0, equals: 0x2a}
    - assert: {memory: 0x80000000, size: 4, mask: 0xff, not: 1}
    - assert: {symbol: jiffies, offset: 16, less: 10}
    - expect-exit:
        failure: ${code}
      within: 5s
  limits: {time: 5s}

  """

/// What `newer` includes.
let prompt = """
  parameters: {prompt: "> "}
  script:
    - {expect: "${prompt}", within: 20s}
    - expect: {regex: '\\d+'}

  """

/// The scenarios of `bytes`, which may include `prompt`, as it is or as `fragment` has it.
func expand(_ bytes: [UInt8], fragment: [UInt8] = Array(prompt.utf8)) throws(ScenarioError) -> [Scenario] {
  struct Absent: Error {}
  return try ScenarioFile.expand(bytes: bytes, name: "x") { path in
    guard path == "prompt.yaml" else { throw Absent() }
    return fragment
  }
}

/// One that uses everything that scenarios had at first.
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
