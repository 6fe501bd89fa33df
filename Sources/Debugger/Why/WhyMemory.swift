internal import Backplane
internal import VirtualTime

extension WhyBuilder {
  /// The most writers of one stretch of memory that are told apart.
  private static var writersMax: Int { 64 }

  /// Follows memory back: each time to the latest step that wrote any of what is left, until nothing is.
  func follow(_ pieces: [MemoryPiece], _ job: Job) throws {
    var (rest, limit) = (pieces, job.limit)
    var parts: [Part] = []
    while !rest.isEmpty, parts.count < Self.writersMax {
      guard let hit = try target.lastWrite(Self.stops(rest), before: limit) else { break }
      let step = try WhyStep(of: hit, .memory(rest), self)
      let (written, left) = step.split(rest)
      guard !written.isEmpty else {
        throw DebugProblem("what wrote \(WhySubject.memory(rest).name) at @\(hit.step) is not known")
      }
      if parts.isEmpty, left.isEmpty { return settle(job.entry, step, .memory(pieces), job) }
      parts.append(Part(pieces: written, step: step, start: nil))
      (rest, limit) = (left, step.moment)
    }
    if parts.count < Self.writersMax { parts += try initial(rest) }
    if parts.count == 1, let start = parts[0].start { return settle(job.entry, .start(start)) }
    let latest = parts.first?.step?.writer(of: .memory(pieces), now: entries[job.entry].value)
    settle(job.entry, .pieces(latest: latest))
    let value = entries[job.entry].value
    for part in parts.sorted(by: { ($0.pieces.first?.virtualAddress ?? 0) < ($1.pieces.first?.virtualAddress ?? 0) }) {
      var entry = Entry(
        name: WhySubject.memory(part.pieces).name, subject: nil, value: pieces.bytes(value, of: part.pieces))
      entry.isAddress = entries[job.entry].isAddress
      entry.subject = .memory(part.pieces)
      entry.symbol = part.pieces.first.flatMap { target.symbol(at: $0.virtualAddress) }
      let number = add(entry, to: job.entry)
      if let step = part.step { settle(number, step, .memory(part.pieces), job) }
      if let start = part.start { settle(number, .start(start)) }
    }
  }

  /// A part of a stretch, with one writer, or as it was at the start.
  private struct Part {
    var pieces: [MemoryPiece]
    var step: WhyStep?
    var start: WhyStart?
  }

  /// How `pieces` came to hold what they did at the start.
  private func initial(_ pieces: [MemoryPiece]) throws -> [Part] {
    guard target.first == .zero else {
      return pieces.isEmpty ? [] : [Part(pieces: pieces, step: nil, start: .trace)]
    }
    var parts: [Part] = []
    for piece in pieces {
      var done: UInt64 = 0
      for stretch in try target.origin(of: piece.physicalAddress, count: piece.byteCount) {
        let part = MemoryPiece(
          virtualAddress: piece.virtualAddress &+ done, physicalAddress: piece.physicalAddress &+ done,
          byteCount: stretch.byteCount)
        parts.append(Part(pieces: [part], step: nil, start: .memory(stretch.origin)))
        done += UInt64(stretch.byteCount)
      }
    }
    return parts
  }

  private static func stops(_ pieces: [MemoryPiece]) -> StopPoints {
    StopPoints(
      watchpoints: pieces.map {
        Watchpoint(.physical, $0.physicalAddress, byteCount: UInt64($0.byteCount), onRead: false, onWrite: true)
      })
  }
}

extension MemoryPiece {
  private var range: Range<UInt64> { physicalAddress..<physicalAddress &+ UInt64(byteCount) }

  private func part(_ range: Range<UInt64>) -> MemoryPiece {
    MemoryPiece(
      virtualAddress: virtualAddress &+ (range.lowerBound &- physicalAddress), physicalAddress: range.lowerBound,
      byteCount: range.count)
  }

  /// What lies in any of `ranges`.
  func cut(to ranges: [Range<UInt64>]) -> [MemoryPiece] {
    let rest = cut(outOf: ranges)
    return rest.isEmpty ? [self] : cut(outOf: rest.map(\.range))
  }

  /// What lies in none of `ranges`.
  func cut(outOf ranges: [Range<UInt64>]) -> [MemoryPiece] {
    var left = [range]
    for range in ranges {
      left = left.flatMap { piece -> [Range<UInt64>] in
        let middle = piece.clamped(to: range)
        guard !middle.isEmpty else { return [piece] }
        return [piece.lowerBound..<middle.lowerBound, middle.upperBound..<piece.upperBound].filter { !$0.isEmpty }
      }
    }
    return left.map(part)
  }
}

extension [MemoryPiece] {
  /// The bytes of `parts`, which lie in these, among `all`, the bytes of these.
  func bytes(_ all: [UInt8], of parts: [MemoryPiece]) -> [UInt8] {
    var bytes: [UInt8] = []
    for part in parts {
      var start = 0
      for piece in self {
        let offset = part.physicalAddress &- piece.physicalAddress
        if offset < UInt64(piece.byteCount), offset + UInt64(part.byteCount) <= UInt64(piece.byteCount) {
          let first = start + Int(offset)
          if first + part.byteCount <= all.count { bytes += all[first..<first + part.byteCount] }
          break
        }
        start += piece.byteCount
      }
    }
    return bytes
  }
}
