internal import Archive
internal import Backplane
internal import StateCoding
internal import VirtualTime

/// What the checkpoints of a trace hold, read without running anything: each page once, however many refer to it.
struct VerifyContents: Sendable {
  /// The pages of memory at a checkpoint.
  struct Pages: Sendable {
    var moment: Moment
    /// `nil` when some are damaged.
    var signature: Digest?
  }

  private(set) var pages: [Pages] = []
  private(set) var faults: [CheckpointFault] = []
  private(set) var damage: [TraceError] = []
  /// What was not compared, and why.
  private(set) var notes: [String] = []

  /// Reads the checkpoints of `subject`, and all else that no replay needs.
  init<B: Board>(_ subject: VerifySubject<B>, _ plan: VerifyPlan) throws {
    let reader = try plan.reopen(subject)
    _ = try (reader.marks(), reader.provenance())
    if !reader.checkpoints.isEmpty { try readCheckpoints(reader, subject, plan) }
    damage = reader.damage
  }

  private mutating func readCheckpoints<B: Board>(
    _ reader: TraceReader, _ subject: VerifySubject<B>, _ plan: VerifyPlan
  ) throws {
    let contents = try Self.contents(reader)
    let machine = try subject.equip(reader).machine
    _ = machine.memory.digest()
    let shape = TraceStart.shape(of: machine.board)
    // One record in memory at a time: a hostile file may have many large ones.
    for section in reader.checkpoints {
      guard let record = try reader.checkpoint(section) else { continue }
      let place = "the checkpoint at @\(record.moment.step.count)"
      let rung = plan.rungs.place(behind: record.moment)
      if rung > 0, plan.rungs[rung - 1].moment == record.moment, plan.rungs[rung - 1].digest != record.digest {
        faults.append(CheckpointFault(moment: record.moment, what: "is not the machine that the log has there"))
      }
      guard record.shape == shape else {
        notes.append("\(place) was made by a release whose board has other state: not compared")
        continue
      }
      guard record.pages.last.map({ Int($0.page) < machine.memory.pageCount }) ?? true else {
        faults.append(CheckpointFault(moment: record.moment, what: "holds pages past the end of memory"))
        continue
      }
      pages.append(Pages(moment: record.moment, signature: Self.signature(record, machine.memory, contents)))
    }
  }

  /// The digests of the pages that checkpoints refer to, by number; `nil` for those that are damaged.
  private static func contents(_ reader: TraceReader) throws -> [Digest?] {
    var isWanted: [Bool] = []
    for section in reader.checkpoints {
      for page in try reader.checkpoint(section)?.pages ?? [] where page.content != PageReference.zeroPage {
        let number = Int(page.content)
        if number >= isWanted.count { isWanted += Array(repeating: false, count: number + 1 - isWanted.count) }
        isWanted[number] = true
      }
    }
    var digests = [Digest?](repeating: nil, count: isWanted.count)
    let numbers = isWanted.indices.compactMap { isWanted[$0] ? UInt32($0) : nil }
    _ = try reader.forEachPage(numbers) { number, bytes in
      if let base = bytes.baseAddress { digests[Int(number)] = Digest(base, count: bytes.count) }
    }
    return digests
  }

  /// The signature of the memory of `record`, which differs from `powerOn` in the pages that it lists.
  private static func signature(_ record: CheckpointRecord, _ powerOn: Memory, _ contents: [Digest?]) -> Digest? {
    let zero = Digest(of: [UInt8](repeating: 0, count: Int(Memory.pageSize)))
    var next = 0
    var isWhole = true
    let signature = PageSignature.of(pageCount: powerOn.pageCount) { page in
      guard next < record.pages.count, Int(record.pages[next].page) == page else { return powerOn.digest(ofPage: page) }
      defer { next += 1 }
      guard record.pages[next].content != PageReference.zeroPage else { return zero }
      guard let digest = contents[Int(record.pages[next].content)] else {
        isWhole = false
        return zero
      }
      return digest
    }
    return isWhole ? signature : nil
  }
}
