import Backplane
import Boards
import StateCoding
import Timeline
import VirtualTime

/// Which pages of memory a recorded run changes, and how often.
struct Survey {
  /// Into how many stretches of the same length the run is cut.
  static let stretchCount: UInt64 = 256
  /// Pages of the firmware are no kernel's.
  private static let firmwareBytes: UInt64 = 2 << 20

  /// How pages are told apart.
  enum Kind: String, CaseIterable {
    /// Changed in at most one stretch of fifty; a place in it that the run has changed.
    case rare = "rarely written page"
    /// Changed in at least one stretch of four; a place in it that the run has changed.
    case frequent = "often written page"
    /// Changed at all; any place in it, whether or not it was ever written.
    case any = "any place in a written page"
  }

  /// In how many stretches each page came to hold something else.
  private var changes: [Int]
  private let atStart: Memory
  private let atEnd: Memory

  /// Runs `playback` from its start to its end.
  /// - Parameter atStart: memory as it is at the start.
  init(_ playback: Playback<VirtBoard>, atStart: Memory) {
    let memory = playback.machine.memory
    (self.atStart, atEnd) = (atStart, memory)
    _ = playback.seek(to: playback.first)
    _ = memory.digest()
    var digests = (0..<memory.pageCount).map { memory.digest(ofPage: $0) }
    changes = Array(repeating: 0, count: memory.pageCount)
    let length = playback.last.step.count - playback.first.step.count
    for number in 1...Self.stretchCount {
      let isLast = number == Self.stretchCount
      _ = playback.runForward(
        until: isLast ? nil : Step(playback.first.step.count + length / Self.stretchCount * number))
      _ = memory.digest()
      for page in digests.indices {
        let digest = memory.digest(ofPage: page)
        if digest != digests[page] { changes[page] += 1 }
        digests[page] = digest
      }
    }
  }

  /// The pages of `kind`, outside the firmware.
  func pages(_ kind: Kind) -> [Int] {
    changes.indices.filter { page in
      guard atEnd.address(ofPage: page) >= atEnd.ramBase + Self.firmwareBytes else { return false }
      return switch kind {
      case .rare: (1...Int(Self.stretchCount) / 50).contains(changes[page])
      case .frequent: changes[page] >= Int(Self.stretchCount) / 4
      case .any: changes[page] > 0
      }
    }
  }

  /// Physical addresses of words of eight bytes, at random in pages of `kind`. What the end of the run has is compared
  /// with the start, so this is to be asked while the playback stands at its end.
  func addresses(_ kind: Kind, count: Int, _ places: inout Places) -> [UInt64] {
    var pages = pages(kind)
    var found: [UInt64] = []
    while found.count < count, !pages.isEmpty {
      let place = Int.random(in: pages.indices, using: &places)
      let page = pages[place]
      let words = kind == .any ? Array(0..<Int(Memory.pageSize) / 8) : changedWords(page)
      if let word = words.randomElement(using: &places) {
        found.append(atEnd.address(ofPage: page) + UInt64(word) * 8)
      }
      pages.swapAt(place, pages.count - 1)
      pages.removeLast()
    }
    return found
  }

  private func changedWords(_ page: Int) -> [Int] {
    let (before, after) = (atStart.page(page), atEnd.page(page))
    return (0..<Int(Memory.pageSize) / 8).filter { word in
      before.load(fromByteOffset: word * 8, as: UInt64.self) != after.load(fromByteOffset: word * 8, as: UInt64.self)
    }
  }
}
