internal import Bits
internal import VirtualTime

/// Payloads of inputs, ladder, marks, end and provenance. Source: `Documentation/TraceFormat.md`, "Payloads".

/// The columns of moments that inputs, effects and ladder begin with.
enum MomentColumns {
  static func append(_ moments: some Collection<Moment>, from start: Moment, to bytes: inout [UInt8]) {
    var previous = start
    for moment in moments {
      bytes.appendVarint(moment.step.count - previous.step.count)
      previous = moment
    }
    previous = start
    for moment in moments {
      bytes.appendVarint(moment.cycle.count - previous.cycle.count)
      previous = moment
    }
  }

  /// `count` moments, none before the head's first or after its last.
  static func read(_ count: Int, from reader: inout PayloadReader, _ head: SectionHead) throws(PayloadFault) -> [Moment]
  {
    let steps = try reader.risingColumn(count, from: head.first.step.count)
    let cycles = try reader.risingColumn(count, from: head.first.cycle.count)
    if let step = steps.last, let cycle = cycles.last {
      guard step <= head.last.step.count, cycle <= head.last.cycle.count else {
        throw reader.fault("a record at step \(step), cycle \(cycle), past the last that the section covers")
      }
    }
    return zip(steps, cycles).map { Moment(step: Step($0), cycle: Cycle($1)) }
  }
}

enum InputCodec {
  static func payload(_ records: ArraySlice<InputRecord>, from start: Moment) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.appendVarint(UInt64(records.count))
    MomentColumns.append(records.lazy.map(\.moment), from: start, to: &bytes)
    for record in records { bytes.append(record.slot) }
    for record in records { bytes.appendVarint(UInt64(record.bytes.count)) }
    for record in records { bytes += record.bytes }
    return bytes
  }

  static func records(_ payload: [UInt8], _ head: SectionHead) throws(PayloadFault) -> [InputRecord] {
    var reader = PayloadReader(payload)
    let count = try reader.recordCount(limit: SectionKind.inputs.maximumItemCount, minimum: 4)
    let moments = try MomentColumns.read(count, from: &reader, head)
    let slots = try reader.take(count)
    var lengths: [Int] = []
    lengths.reserveCapacity(count)
    for _ in 0..<count {
      lengths.append(try reader.count(limit: InputRecord.maximumByteCount, of: "bytes of one input"))
    }
    var records: [InputRecord] = []
    records.reserveCapacity(count)
    for index in 0..<count {
      records.append(InputRecord(moment: moments[index], slot: slots[index], bytes: try reader.take(lengths[index])))
    }
    try reader.finish()
    return records
  }
}

enum LadderCodec {
  static func payload(_ rungs: ArraySlice<Rung>, from start: Moment) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.appendVarint(UInt64(rungs.count))
    MomentColumns.append(rungs.lazy.map(\.moment), from: start, to: &bytes)
    for rung in rungs { bytes.appendDigest(rung.digest) }
    return bytes
  }

  static func rungs(_ payload: [UInt8], _ head: SectionHead) throws(PayloadFault) -> [Rung] {
    var reader = PayloadReader(payload)
    let count = try reader.recordCount(limit: SectionKind.ladder.maximumItemCount, minimum: 18)
    let moments = try MomentColumns.read(count, from: &reader, head)
    var rungs: [Rung] = []
    rungs.reserveCapacity(count)
    for moment in moments { rungs.append(Rung(moment: moment, digest: try reader.digest())) }
    try reader.finish()
    return rungs
  }
}

enum MarkCodec {
  static func payload(_ marks: [Mark]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.appendVarint(UInt64(marks.count))
    for mark in marks {
      bytes.appendVarint(mark.moment.step.count)
      bytes.appendVarint(mark.moment.cycle.count)
      bytes.append(mark.isAutomatic ? 1 : 0)
      bytes.appendText(mark.name)
    }
    return bytes
  }

  static func marks(_ payload: [UInt8]) throws(PayloadFault) -> [Mark] {
    var reader = PayloadReader(payload)
    let count = try reader.recordCount(limit: SectionKind.marks.maximumItemCount, minimum: 4)
    var marks: [Mark] = []
    marks.reserveCapacity(count)
    for _ in 0..<count {
      let moment = Moment(step: Step(try reader.varint()), cycle: Cycle(try reader.varint()))
      let isAutomatic = try reader.flag()
      marks.append(Mark(moment: moment, name: try reader.text(), isAutomatic: isAutomatic))
    }
    try reader.finish()
    return marks
  }
}

enum ProvenanceCodec {
  static func payload(_ entries: [Parameter<String>]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.appendVarint(UInt64(entries.count))
    for entry in entries {
      bytes.appendText(entry.name)
      bytes.appendText(entry.value)
    }
    return bytes
  }

  static func entries(_ payload: [UInt8]) throws(PayloadFault) -> [Parameter<String>] {
    var reader = PayloadReader(payload)
    var entries: [Parameter<String>] = []
    for _ in 0..<(try reader.recordCount(limit: SectionKind.provenance.maximumItemCount, minimum: 2)) {
      entries.append(Parameter(try reader.text(), try reader.text()))
    }
    try reader.finish()
    return entries
  }
}

/// The end section: the record, and the commitment to all critical sections before it.
struct EndCodec {
  let record: EndRecord
  let commitment: UInt64

  var payload: [UInt8] {
    var bytes: [UInt8] = []
    bytes.appendVarint(record.moment.step.count)
    bytes.appendVarint(record.moment.cycle.count)
    bytes.appendDigest(record.digest)
    switch record.reason {
    case .poweredOff: bytes.append(1)
    case .failure(let code):
      bytes.append(2)
      bytes.appendVarint(UInt64(code))
    case .reset: bytes.append(3)
    case .stalled: bytes.append(4)
    case .limit: bytes.append(5)
    case .interrupted: bytes.append(6)
    case .panic(let text):
      bytes.append(7)
      bytes.appendText(text)
    }
    bytes.appendDigest(record.consoleDigest)
    bytes.appendVarint(record.consoleByteCount)
    bytes.appendVarint(record.inputCount)
    bytes.appendLittleEndian(commitment)
    return bytes
  }
}

extension EndCodec {
  init(payload: [UInt8]) throws(PayloadFault) {
    var reader = PayloadReader(payload)
    let moment = Moment(step: Step(try reader.varint()), cycle: Cycle(try reader.varint()))
    let digest = try reader.digest()
    let reason = try Self.reason(&reader)
    let consoleDigest = try reader.digest()
    let consoleByteCount = try reader.varint()
    let inputCount = try reader.varint()
    commitment = try reader.word()
    try reader.finish()
    record = EndRecord(
      moment: moment, digest: digest, reason: reason, consoleDigest: consoleDigest,
      consoleByteCount: consoleByteCount, inputCount: inputCount)
  }

  private static func reason(_ reader: inout PayloadReader) throws(PayloadFault) -> EndReason {
    switch try reader.byte() {
    case 1: .poweredOff
    case 2: .failure(code: UInt16(try reader.count(limit: 0xFFFF, of: "as a failure code")))
    case 3: .reset
    case 4: .stalled
    case 5: .limit
    case 6: .interrupted
    case 7: .panic(try reader.text())
    case let other: throw reader.fault("\(other) as the reason of the end")
    }
  }
}
