internal import Archive
internal import VirtualTime

/// Changes traces and reads what comes out: a reader refuses it with a `TraceError`, or reads it; nothing else may
/// happen, and what was damaged may not pass for whole.
///
/// A seed is the whole reproduction of a round.
public struct TraceFuzzer {
  /// Reads all of a file. Exchanged only by tests of the fuzzer itself.
  public typealias Reading = (_ file: [UInt8]) throws -> TraceSummary

  /// What became of a round.
  public enum Outcome: Equatable, Sendable {
    /// The reader refused the file, as it should.
    case refused
    /// The reader read the file.
    case read
    /// The reader did what it must not do: what, in words.
    case failed(String)
  }

  private struct Base {
    let file: [UInt8]
    let sections: [ForgedSection]
    let summary: TraceSummary?
    /// The file up to its first index: cut exactly there, an amended file is the whole one that it was before.
    let unamended: TraceSummary?
  }

  private let read: Reading
  private let bases: [Base]

  /// A fuzzer of `read`.
  public init(read: @escaping Reading = { try TraceSummary($0) }) {
    self.read = read
    bases = (0..<4 as Range<UInt64>).map { seed in
      let file = RichTrace.make(seed: seed)
      let sections = Forge.sections(of: file)
      let unamended = Forge.file(Array(sections.prefix { $0.kind != 8 }) + sections.filter { $0.kind == 8 }.prefix(1))
      return Base(file: file, sections: sections, summary: try? read(file), unamended: try? read(unamended))
    }
  }

  /// One changed file: how it was made is all in `seed`.
  public func round(seed: UInt64) -> Outcome {
    var numbers = Numbers(seed: seed)
    let base = bases[numbers.below(bases.count)]
    guard let original = base.summary, !original.isReported else { return .failed("an unchanged trace was not read") }
    guard numbers.below(3) > 0 else { return flip(base, original, &numbers) }
    let file = forge(base, &numbers)
    do {
      _ = try read(file)
    } catch is TraceError {
      return copies(of: file, &numbers) ?? .refused
    } catch {
      return .failed("an error of another kind: \(error)")
    }
    return copies(of: file, &numbers) ?? .read
  }

  /// Bytes are changed, and the checksums left as they are: what is read without a word must be what was written.
  private func flip(_ base: Base, _ original: TraceSummary, _ numbers: inout Numbers) -> Outcome {
    var file = base.file
    for _ in 0...numbers.below(4) { numbers.change(&file) }
    do {
      let summary = try read(file)
      let isRight = summary.isReported || summary == original || summary == base.unamended
      if !isRight { return .failed("damage was taken for what was written") }
    } catch is TraceError {
      return .refused
    } catch {
      return .failed("an error of another kind: \(error)")
    }
    return copies(of: file, &numbers) ?? .read
  }

  /// Sections are changed, and most of the time everything else is made to agree with them.
  private func forge(_ base: Base, _ numbers: inout Numbers) -> [UInt8] {
    let others = bases[numbers.below(bases.count)].sections
    var sections = base.sections
    if numbers.below(3) == 0 { sections.removeAll { $0.kind == SectionKind.index.rawValue } }
    for _ in 0...numbers.below(3) { numbers.change(&sections, others) }
    if numbers.below(8) > 0 { sections = Forge.numbered(sections) }
    if numbers.below(8) > 0 { sections = Forge.committed(sections) }
    if numbers.below(8) > 0 { sections = Forge.indexed(sections) }
    var file = Forge.file(sections)
    if numbers.below(6) == 0 { file.removeSubrange(numbers.below(file.count)...) }
    return file
  }

  // MARK: - Copies

  /// What is wrong with copies of `file`; `nil` when nothing is, or it cannot be opened.
  private func copies(of file: [UInt8], _ numbers: inout Numbers) -> Outcome? {
    guard let reader = try? TraceReader(file) else { return nil }
    do {
      let isWhole = (try? reader.verify()) != nil
      return try stripped(reader, isWhole) ?? begun(reader, &numbers) ?? continued(reader, file)
    } catch is TraceError {
      return nil
    } catch {
      return .failed("an error of another kind: \(error)")
    }
  }

  private func stripped(_ reader: TraceReader, _ isWhole: Bool) throws -> Outcome? {
    var copy: [UInt8] = []
    do {
      try TraceCopy.strip(reader) { copy += $0 }
    } catch is TraceError where !isWhole {
      return nil
    }
    guard isWhole else { return nil }
    guard let again = try? TraceReader(copy), again.identity == reader.identity, again.end == reader.end,
      again.checkpoints.isEmpty, (try? again.verify()) != nil
    else { return .failed("a stripped copy is not the trace it was made of") }
    return nil
  }

  private func begun(_ reader: TraceReader, _ numbers: inout Numbers) throws -> Outcome? {
    var moments = [reader.start, reader.covered]
    try reader.forEachInput { if moments.count < 100 { moments.append($0.moment) } }
    let moment = moments[numbers.below(moments.count)]
    var copy: [UInt8] = []
    let writer = try TraceCopy.prefix(of: reader, before: moment) { copy += $0 }
    guard let again = try? TraceReader(copy), again.inputCount == writer.inputCount, again.covered <= moment,
      writer.writtenByteCount == copy.count
    else { return .failed("the beginning of a trace, copied up to \(moment), is not one") }
    return nil
  }

  private func continued(_ reader: TraceReader, _ file: [UInt8]) throws -> Outcome? {
    guard var writer = TraceWriter(continuing: reader) else { return nil }
    guard writer.writtenByteCount <= file.count else { return .failed("a writer wants to go on behind the end") }
    var copy = Array(file.prefix(writer.writtenByteCount))
    if reader.end == nil {
      let nothing = TraceDigest(high: 0, low: 0)
      copy += writer.end(
        EndRecord(
          moment: writer.covered, digest: nothing, reason: .interrupted, consoleDigest: nothing, consoleByteCount: 0,
          inputCount: writer.inputCount))
    } else {
      copy += writer.amendment(marks: [Mark(moment: .zero, name: "m", isAutomatic: false)])
    }
    guard let again = try? TraceReader(copy), again.isComplete, again.identity == reader.identity else {
      return .failed("a trace that was gone on with cannot be read")
    }
    return nil
  }
}
