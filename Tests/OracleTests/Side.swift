import Backplane
import Boards
import Foundation
import Support
import VirtualTime

/// What runs an image and says what it printed.
struct Side: Sendable {
  /// For reports.
  let name: String
  /// Runs the image until it ends; the lines it printed.
  let run: @Sendable (ProgramImage) throws -> [String]
}

extension Side {
  /// Reprise itself, in this process.
  static let reprise = Side(name: "Reprise") { image in
    let configuration = VirtConfiguration(ramSize: ImageLayout.ramBytes)
    let kernel = BoardImage(role: .kernel, name: "programs-\(image.seed)", bytes: image.elf)
    let machine = try VirtMachine.make(configuration, images: [kernel])
    var door = Door()
    _ = machine.run(until: RunLimit(step: Step(stepLimit)), door: &door)
    let bytes = machine.takeEffects().compactMap { effect -> UInt8? in
      guard case .output(_, let byte) = effect.kind else { return nil }
      return byte
    }
    return lines(of: bytes)
  }

  /// More than any image needs: one that does not end by then will not.
  private static let stepLimit: UInt64 = 20_000_000

  /// What was printed, as lines; a last one that was cut short is left out.
  static func lines(of bytes: [UInt8]) -> [String] {
    String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false).dropLast()
      .map(String.init)
  }
}
