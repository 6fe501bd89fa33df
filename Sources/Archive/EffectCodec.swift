internal import VirtualTime

/// The payload of an effects section. Source: `Documentation/TraceFormat.md`, "effects".
///
/// Columns by what they hold: console bytes lie side by side, so that they compress as the text they are.
struct EffectCodec {
  private enum Code {
    static let output: UInt8 = 0
    static let interrupt: UInt8 = 1
    static let read: UInt8 = 2
    static let write: UInt8 = 3
  }

  private var codes: [UInt8] = []
  private var outputSlots: [UInt8] = []
  private var outputBytes: [UInt8] = []
  private var harts: [UInt8] = []
  private var causes: [UInt8] = []
  private var counters: [UInt8] = []
  private var lastCounter: UInt64 = 0
  private var accessSlots: [UInt8] = []
  private var widths: [UInt8] = []
  private var offsets: [UInt8] = []
  private var values: [UInt8] = []

  static func payload(_ records: ArraySlice<EffectRecord>, from start: Moment) -> [UInt8] {
    var columns = EffectCodec()
    for record in records { columns.append(record.kind) }
    var bytes: [UInt8] = []
    bytes.appendVarint(UInt64(records.count))
    MomentColumns.append(records.lazy.map(\.moment), from: start, to: &bytes)
    bytes += columns.codes
    bytes += columns.outputSlots + columns.outputBytes
    bytes += columns.harts + columns.causes + columns.counters
    bytes += columns.accessSlots + columns.widths + columns.offsets + columns.values
    return bytes
  }

  private mutating func append(_ kind: EffectRecord.Kind) {
    switch kind {
    case .output(let slot, let byte):
      codes.append(Code.output)
      outputSlots.append(slot)
      outputBytes.append(byte)
    case .interrupt(let hart, let cause, let pc):
      codes.append(Code.interrupt)
      harts.append(hart)
      causes.append(cause)
      counters.appendDifference(pc, from: lastCounter)
      lastCounter = pc
    case .read(let slot, let offset, let width, let value):
      codes.append(Code.read)
      append(slot, offset, width, value)
    case .write(let slot, let offset, let width, let value):
      codes.append(Code.write)
      append(slot, offset, width, value)
    }
  }

  private mutating func append(_ slot: UInt8, _ offset: UInt64, _ width: UInt8, _ value: UInt64) {
    accessSlots.append(slot)
    widths.append(width)
    offsets.appendVarint(offset)
    values.appendVarint(value)
  }

  static func records(_ payload: [UInt8], _ head: SectionHead) throws(PayloadFault) -> [EffectRecord] {
    var reader = PayloadReader(payload)
    let count = try reader.recordCount(limit: SectionKind.effects.maximumItemCount, minimum: 5)
    let moments = try MomentColumns.read(count, from: &reader, head)
    let codes = try reader.take(count)
    var outputs = try outputs(codes.count { $0 == Code.output }, from: &reader).makeIterator()
    var interrupts = try interrupts(codes.count { $0 == Code.interrupt }, from: &reader).makeIterator()
    var accesses = try accesses(codes.filter { $0 == Code.read || $0 == Code.write }, from: &reader).makeIterator()
    try reader.finish()
    var records: [EffectRecord] = []
    records.reserveCapacity(count)
    for (moment, code) in zip(moments, codes) {
      let kind: EffectRecord.Kind? =
        switch code {
        case Code.output: outputs.next()
        case Code.interrupt: interrupts.next()
        case Code.read, Code.write: accesses.next()
        default: nil
        }
      guard let kind else { throw reader.fault("\(code) as the kind of an effect") }
      records.append(EffectRecord(moment: moment, kind: kind))
    }
    return records
  }

  private static func outputs(
    _ count: Int, from reader: inout PayloadReader
  ) throws(PayloadFault) -> [EffectRecord.Kind] {
    let slots = try reader.take(count)
    let bytes = try reader.take(count)
    return zip(slots, bytes).map { .output(slot: $0, byte: $1) }
  }

  private static func interrupts(
    _ count: Int, from reader: inout PayloadReader
  ) throws(PayloadFault) -> [EffectRecord.Kind] {
    let harts = try reader.take(count)
    let causes = try reader.take(count)
    var kinds: [EffectRecord.Kind] = []
    kinds.reserveCapacity(count)
    var pc: UInt64 = 0
    for index in 0..<count {
      pc = try reader.difference(from: pc)
      kinds.append(.interrupt(hart: harts[index], cause: causes[index], pc: pc))
    }
    return kinds
  }

  private static func accesses(
    _ codes: [UInt8], from reader: inout PayloadReader
  ) throws(PayloadFault) -> [EffectRecord.Kind] {
    let slots = try reader.take(codes.count)
    let widths = try reader.take(codes.count)
    for width in widths where ![1, 2, 4, 8].contains(width) { throw reader.fault("\(width) as the width of an access") }
    var offsets: [UInt64] = []
    offsets.reserveCapacity(codes.count)
    for _ in codes { offsets.append(try reader.varint()) }
    var kinds: [EffectRecord.Kind] = []
    kinds.reserveCapacity(codes.count)
    for index in codes.indices {
      let (slot, offset, width, value) = (slots[index], offsets[index], widths[index], try reader.varint())
      kinds.append(
        codes[index] == Code.read
          ? .read(slot: slot, offset: offset, width: width, value: value)
          : .write(slot: slot, offset: offset, width: width, value: value))
    }
    return kinds
  }
}
