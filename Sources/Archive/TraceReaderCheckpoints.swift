internal import VirtualTime

// Saved machines and the contents of their pages.
extension TraceReader {
  /// The sections that hold checkpoints, in order of the file; their heads tell their moments, and `checkpoint(_:)`
  /// reads one.
  public var checkpoints: [Section] { sections.filter { $0.head.kind == .checkpoint } }

  /// The checkpoint in `section`; `nil`, told in `damage`, when it is damaged, or refers to pages that do not stand
  /// before it, or is of a moment that the trace does not have. A record of the largest payload, 16 MiB, fills 64 MiB.
  public func checkpoint(_ section: Section) throws -> CheckpointRecord? {
    guard section.head.kind == .checkpoint else { return nil }
    return try checkpointRecord(section)
  }

  /// The machine at `start`; `nil` when the trace starts at power-on, with the machine as the images leave it.
  /// - Throws: `TraceError` when the snapshot is damaged, or the file was cut before it.
  public func snapshot() throws -> CheckpointRecord? {
    if let section = sections.first(where: { $0.head.kind == .snapshot }) { return try checkpointRecord(section) }
    guard start == .zero, snapshotPageCount == 0 else {
      throw truncation
        ?? TraceError(.inconsistent, in: sections[0], found: "the trace has no snapshot of its start")
    }
    return nil
  }

  /// How many contents of pages the trace holds, the snapshot's aside: their numbers are below this.
  public var pageCount: UInt64 { pageTable.count }

  /// How many contents of pages the snapshot has: their numbers are below this.
  public var snapshotPageCount: UInt64 { snapshotPageTable.count }

  /// Hands the contents of pages to `body`, one after another, reading each section once and only when it is needed.
  /// Holds one section in memory, at most 8 MiB and its frame.
  /// - Parameters:
  ///   - numbers: which contents, in strictly ascending order, as `CheckpointRecord.contentNumbers` gives them.
  ///   - snapshot: whether they are the snapshot's contents; each kind has its own numbers.
  ///   - body: is handed a number and the 4,096 bytes, which it must not keep.
  /// - Returns: the numbers that are not in the file or are damaged, which `damage` then tells; empty when all is well.
  /// - Throws: `TraceError` when a page of the snapshot is damaged; what `body` throws.
  public func forEachPage(
    _ numbers: [UInt32], snapshot: Bool = false,
    body: (_ number: UInt32, _ bytes: UnsafeRawBufferPointer) throws -> Void
  ) throws -> [UInt32] {
    precondition(
      zip(numbers, numbers.dropFirst()).allSatisfy { $0 < $1 }, "the numbers of pages are asked for in ascending order")
    var missing: [UInt32] = []
    var next = 0
    let entries = snapshot ? snapshotPageTable.entries[...] : try trustedPageEntries()
    for entry in entries {
      let end = entry.first + UInt64(entry.section.head.itemCount)
      let from = next
      while next < numbers.count, UInt64(numbers[next]) < end { next += 1 }
      guard from < next else { continue }
      guard let payload = try pagePayload(entry.section) else {
        missing += numbers[from..<next]
        continue
      }
      try payload.withUnsafeBytes { buffer in
        for number in numbers[from..<next] {
          let offset = Int(UInt64(number) - entry.first) * PageBlock.pageByteCount
          try body(number, UnsafeRawBufferPointer(rebasing: buffer[offset..<(offset + PageBlock.pageByteCount)]))
        }
      }
    }
    return missing + numbers[next...]
  }

  /// The sections of pages up to the first whose own head is not as the index tells it, or cannot be: behind that, the
  /// numbers of pages prove nothing.
  private func trustedPageEntries() throws -> ArraySlice<PageTable.Entry> {
    if let count = trustedPageSectionCount { return pageTable.entries[..<count] }
    var count = 0
    for entry in pageTable.entries {
      do {
        _ = try SectionPayload.checkHead(entry.section, source)
      } catch let error as TraceError {
        note(error)
        break
      }
      count += 1
    }
    trustedPageSectionCount = count
    return pageTable.entries[..<count]
  }

  // MARK: - One section

  /// The pages of `section`, one after another; `nil`, told in `damage`, when they are damaged and not the snapshot's.
  func pagePayload(_ section: Section) throws -> [UInt8]? {
    try read(section) { payload throws(PayloadFault) in
      guard !payload.isEmpty, payload.count % PageBlock.pageByteCount == 0 else {
        throw PayloadFault(found: "\(payload.count) bytes, which are no whole pages")
      }
      return (payload, payload.count / PageBlock.pageByteCount)
    }
  }

  /// The record of a checkpoint or of the snapshot.
  func checkpointRecord(_ section: Section) throws -> CheckpointRecord? {
    let table = section.head.kind == .snapshot ? snapshotPageTable : pageTable
    let count = table.count(before: section)
    return try read(section) { payload throws(PayloadFault) in
      let record = try CheckpointCodec.record(payload, section.head, contentCount: count)
      guard isInside(record.moment) else { throw PayloadFault(found: "it is of a moment that the trace does not have") }
      return (record, 1)
    }
  }

  private func isInside(_ moment: Moment) -> Bool {
    guard moment.step >= start.step, moment.cycle >= start.cycle else { return false }
    guard let last = end?.moment else { return true }
    return moment.step <= last.step && moment.cycle <= last.cycle
  }

  /// Checks a section of pages.
  /// - Returns: the numbers of its pages when it is damaged.
  func verifyPages(_ section: Section) throws -> Range<UInt64>? {
    guard try pagePayload(section) == nil else { return nil }
    let first = pageTable.count(before: section)
    return first..<(first + UInt64(section.head.itemCount))
  }

  /// Checks a checkpoint, and that none of its pages is in `damaged`, which are in ascending order.
  func verifyCheckpoint(_ section: Section, _ damaged: [Range<UInt64>]) throws {
    guard let record = try checkpointRecord(section), !damaged.isEmpty else { return }
    var next = 0
    for number in record.contentNumbers {
      while next < damaged.count, damaged[next].upperBound <= UInt64(number) { next += 1 }
      guard next < damaged.count else { return }
      guard damaged[next].lowerBound > UInt64(number) else {
        return note(
          TraceError(
            .damaged, in: section, found: "it refers to page \(number), which is in a damaged section of pages"))
      }
    }
  }
}
