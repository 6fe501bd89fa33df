import Archive
import Fuzzing
import Testing
import VirtualTime

extension Numbers {
  mutating func digest() -> TraceDigest { TraceDigest(high: next(), low: next()) }
}

func moment(_ step: UInt64, _ cycle: UInt64) -> Moment { Moment(step: Step(step), cycle: Cycle(cycle)) }

/// One stretch of a run.
struct SampleSegment: Equatable {
  var inputs: [InputRecord] = []
  var effects: [EffectRecord] = []
  var rungs: [Rung] = []
  var marks: [Mark] = []
  var covering: ClosedRange<Moment>
  /// Written behind the stretch.
  var checkpoint: SampleMachine?
}

/// All that a trace can hold, to be written and compared with what is read.
struct Sample: Equatable {
  var header: TraceHeader
  var images: [[UInt8]] = []
  var origin: TraceOrigin?
  var snapshot: SampleMachine?
  var segments: [SampleSegment] = []
  var provenance: [Parameter<String>] = []
  var lastMarks: [Mark] = []
  var end: EndRecord?

  /// The bytes of each call of the writer: what a recorder appends.
  var pieces: [[UInt8]] {
    var writer = TraceWriter()
    var pieces = [writer.header(header)]
    for (number, bytes) in images.enumerated() { pieces.append(writer.image(number, bytes: bytes)) }
    if let origin { pieces.append(writer.origin(origin)) }
    if let snapshot { pieces.append(writer.snapshot(snapshot.record, pages: snapshot.newContents) ?? []) }
    if !provenance.isEmpty { pieces.append(writer.provenance(provenance)) }
    for segment in segments {
      pieces.append(
        writer.segment(
          inputs: segment.inputs, effects: segment.effects, rungs: segment.rungs, marks: segment.marks,
          covering: segment.covering))
      if let checkpoint = segment.checkpoint {
        pieces.append(writer.pages(checkpoint.newContents))
        pieces.append(writer.checkpoint(checkpoint.record))
      }
    }
    if let end { pieces.append(writer.end(end, marks: lastMarks)) }
    return pieces
  }

  var file: [UInt8] { Array(pieces.joined()) }

  var inputs: [InputRecord] { segments.flatMap(\.inputs) }
  var effects: [EffectRecord] { segments.flatMap(\.effects) }
  var rungs: [Rung] { segments.flatMap(\.rungs) }
  var marks: [Mark] { segments.flatMap(\.marks) + lastMarks }

  mutating func removeCheckpoints() {
    for index in segments.indices { segments[index].checkpoint = nil }
  }

  /// Where it starts.
  var start: Moment { origin?.start ?? .zero }

  /// The checkpoints with the contents of their pages.
  var checkpoints: [SavedMachine] {
    var contents: [[UInt8]] = []
    return segments.compactMap(\.checkpoint).map { machine in
      contents += machine.newContents
      return SavedMachine(machine.record) { contents[Int($0)] }
    }
  }
}

extension Sample {
  /// A header that names `images`.
  static func header(images: [[UInt8]]) -> TraceHeader {
    let references = images.enumerated().map { number, bytes in
      ImageReference(
        role: "kernel", name: "image\(number)", loadAddress: 0x8000_0000, byteCount: UInt64(bytes.count),
        sha256: [UInt8](repeating: UInt8(number), count: 32), isEmbedded: true)
    }
    return TraceHeader(
      board: "virt", parameters: [Parameter("memory", 1 << 27)],
      textParameters: [Parameter("append", "console=ttyS0 ß")], costModel: "in-order", costModelRevision: 3,
      seed: 0xFEED_FACE_CAFE_BEEF, epochNanoseconds: 1_700_000_000_000_000_000, rungIntervalSteps: 1 << 24,
      images: references)
  }

  /// A trace with some of everything, made from `seed`; one that `startsLate` has an origin and a snapshot too.
  static func random(
    seed: UInt64, segmentCount: Int = 4, recordCount: Int = 30, startsLate: Bool = false
  ) -> Sample {
    var numbers = Numbers(seed: seed)
    var sample = Sample(header: header(images: []))
    for _ in 0..<numbers.below(3) { sample.images.append(numbers.bytes(numbers.below(200))) }
    sample.header = header(images: sample.images)
    sample.provenance = [Parameter("recorder", "reprise 1.0")]
    var now = Moment.zero
    if startsLate { sample.startLate(&numbers, &now) }
    for _ in 0..<segmentCount { sample.segments.append(segment(&numbers, recordCount, from: &now)) }
    var machines = SampleMachines(seed: seed)
    for index in sample.segments.indices where index % 2 == 0 || index + 1 == segmentCount {
      sample.segments[index].checkpoint = machines.next(at: sample.segments[index].covering.upperBound)
    }
    sample.lastMarks = [Mark(moment: now, name: "power-off", isAutomatic: true)]
    let reasons: [EndReason] = [
      .poweredOff, .failure(code: 7), .reset, .stalled, .limit, .interrupted, .panic("Kernel panic – not syncing"),
    ]
    sample.end = EndRecord(
      moment: now, digest: numbers.digest(), reason: reasons[numbers.below(reasons.count)],
      consoleDigest: numbers.digest(), consoleByteCount: numbers.next(), inputCount: UInt64(sample.inputs.count))
    return sample
  }

  private mutating func startLate(_ numbers: inout Numbers, _ now: inout Moment) {
    now = moment(1_000_000 + numbers.next() % 1000, 3_000_000)
    origin = TraceOrigin(
      kind: TraceOrigin.Kind.allCases[numbers.below(3)], parent: numbers.digest(), parentMoment: now, start: now)
    var machines = SampleMachines(seed: numbers.next())
    snapshot = machines.next(at: now)
  }

  private static func segment(_ numbers: inout Numbers, _ count: Int, from now: inout Moment) -> SampleSegment {
    let start = now
    var segment = SampleSegment(covering: start...start)
    for _ in 0..<numbers.below(count + 1) {
      now.step.count += numbers.next() % 1000
      now.cycle.count += numbers.next() % 5000
      switch numbers.below(3) {
      case 0:
        segment.inputs.append(
          InputRecord(moment: now, slot: numbers.byte(), bytes: numbers.bytes(numbers.below(6))))
      default: segment.effects.append(EffectRecord(moment: now, kind: effect(&numbers)))
      }
    }
    now.step.count += 1
    if numbers.below(4) > 0 { segment.rungs.append(Rung(moment: now, digest: numbers.digest())) }
    if numbers.below(3) == 0 { segment.marks.append(Mark(moment: now, name: "first line", isAutomatic: true)) }
    segment.covering = start...now
    return segment
  }

  private static func effect(_ numbers: inout Numbers) -> EffectRecord.Kind {
    let width = UInt8(1 << numbers.below(4))
    return switch numbers.below(4) {
    case 0: .output(slot: 1, byte: numbers.byte())
    case 1: .interrupt(hart: 0, cause: UInt8(numbers.below(16)), pc: 0xFFFF_FFFF_8000_0000 &+ numbers.next() % 4096)
    case 2: .read(slot: numbers.byte(), offset: numbers.next() % 4096, width: width, value: numbers.next())
    default: .write(slot: numbers.byte(), offset: numbers.next() % 4096, width: width, value: numbers.next() % 256)
    }
  }
}

/// All that a reader gives of a file, for comparison.
struct Contents: Equatable, CustomTestStringConvertible {
  /// Where it starts.
  struct Start: Equatable {
    var origin: TraceOrigin?
    var snapshot: SavedMachine?
  }

  var header: TraceHeader
  var images: [[UInt8]]
  var inputs: [InputRecord]
  var effects: [EffectRecord]
  var rungs: [Rung]
  var marks: [Mark]
  var start: Start
  var checkpoints: [SavedMachine]
  var provenance: [Parameter<String>]
  var end: EndRecord?
  var isComplete: Bool

  /// The same of a file that has lost its index.
  var withoutIndex: Contents {
    var contents = self
    contents.isComplete = false
    return contents
  }

  var testDescription: String {
    "\(inputs.count) inputs, \(effects.count) effects, \(rungs.count) rungs, \(marks.count) marks, \(checkpoints.count)"
      + " checkpoints, end: \(String(describing: end?.moment))"
  }

  /// Reads everything in `file` and verifies it.
  static func read(_ file: [UInt8]) throws -> (contents: Contents, reader: TraceReader) {
    let reader = try TraceReader(file)
    var images: [[UInt8]] = []
    for number in reader.header.images.indices {
      if let image = try reader.image(number) { images.append(image) }
    }
    var effects: [EffectRecord] = []
    try reader.effects { effects.append($0) }
    let snapshot = try reader.snapshot().map { try #require(try SavedMachine($0, reader, snapshot: true)) }
    let checkpoints = try reader.checkpoints.compactMap { section in
      try reader.checkpoint(section).flatMap { try SavedMachine($0, reader, snapshot: false) }
    }
    let contents = Contents(
      header: reader.header, images: images, inputs: try reader.inputs(), effects: effects, rungs: try reader.rungs(),
      marks: try reader.marks(), start: Start(origin: reader.origin, snapshot: snapshot), checkpoints: checkpoints,
      provenance: try reader.provenance(), end: reader.end, isComplete: reader.isComplete)
    try reader.verify()
    return (contents, reader)
  }
}

extension Sample {
  /// What reading the whole file must give.
  var contents: Contents {
    Contents(
      header: header, images: images, inputs: inputs, effects: effects, rungs: rungs, marks: marks,
      start: Contents.Start(
        origin: origin,
        snapshot: snapshot.map { machine in SavedMachine(machine.record) { machine.newContents[Int($0)] } }),
      checkpoints: checkpoints, provenance: provenance, end: end, isComplete: end != nil)
  }
}
