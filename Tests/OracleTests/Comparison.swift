import Foundation
import Support

/// Runs one image on two sides and says where they part.
struct Comparison {
  let image: ProgramImage
  let expected: Side
  let actual: Side

  /// The programs after which the two sides disagree, in order, or that one of them did not finish.
  func differingPrograms() throws -> [Int] {
    let (left, right) = (try expected.run(image), try actual.run(image))
    return image.programs.indices.filter { index in
      let prefix = Self.number(index)
      guard index < left.count, index < right.count else { return true }
      return left[index] != right[index] || !left[index].hasPrefix(prefix)
    }
  }

  /// How the image writes the number of a program.
  private static func number(_ index: Int) -> String {
    let digits = String(index, radix: 16)
    return String(repeating: "0", count: 4 - digits.count) + digits + " "
  }

  /// Everything a person needs to find the cause of a difference after program `index`.
  func explanation(program index: Int) throws -> String {
    var text = ["Seed \(image.seed), program \(index): \(expected.name) and \(actual.name) differ."]
    let verbose = image.verbose(program: index)
    let (left, right) = (try Self.words(expected.run(verbose)), try Self.words(actual.run(verbose)))
    for (place, word) in ComparedWord.all.enumerated() {
      let (one, other) = (place < left.count ? left[place] : "nothing", place < right.count ? right[place] : "nothing")
      if one != other { text.append("  \(word): \(expected.name) \(one), \(actual.name) \(other)") }
    }
    text.append("The program:")
    text += image.disassembly(program: index).map { "  " + $0 }
    let file = FileManager.default.temporaryDirectory.appendingPathComponent(
      "reprise-oracle-\(image.seed)-\(index).elf")
    try Data(verbose.elf).write(to: file)
    text.append("To run it again, printing every compared word after the hash of program \(index):")
    text.append("  " + QEMU.command(image: file.path))
    text.append("  reprise run --kernel \(file.path) --bios none -m \(ImageLayout.ramBytes >> 20)M")
    return text.joined(separator: "\n")
  }

  /// The words among what a verbose image printed.
  private static func words(_ lines: [String]) throws -> [String] {
    lines.filter { $0.hasPrefix("=") }.map { String($0.dropFirst()) }
  }
}
