internal import Archive
internal import VirtualTime

/// Small traces with some of everything, to be changed.
enum RichTrace {
  /// A whole trace: from power-on when `seed` is even, from a snapshot when it is odd.
  static func make(seed: UInt64) -> [UInt8] {
    var numbers = Numbers(seed: seed)
    let image = numbers.bytes(30)
    let header = TraceHeader(
      board: "virt", parameters: [Parameter("memory", 1 << 27)], textParameters: [Parameter("append", "quiet")],
      costModel: "flat", costModelRevision: 1, seed: seed, epochNanoseconds: 5, rungIntervalSteps: 100,
      images: [
        ImageReference(
          role: "kernel", name: "k", loadAddress: 0x8000_0000, byteCount: UInt64(image.count),
          sha256: numbers.bytes(32), isEmbedded: true),
        ImageReference(
          role: "initrd", name: "i", loadAddress: 0, byteCount: 9, sha256: numbers.bytes(32), isEmbedded: false),
      ])
    var writer = TraceWriter()
    var file = writer.header(header) + writer.image(0, bytes: image)
    var now = Moment.zero
    if seed % 2 == 1 {
      now = Moment(step: Step(1000), cycle: Cycle(3000))
      file += writer.origin(
        TraceOrigin(kind: .fork, parent: TraceDigest(high: 1, low: seed), parentMoment: now, start: now))
      file += writer.snapshotPages([page(1), page(2)])
      file += writer.snapshot(record(at: now, &numbers, 3), pages: [page(3)]) ?? []
    }
    file += writer.provenance([Parameter("host", "none")])
    for _ in 0..<3 { file += stretch(&writer, &numbers, from: &now) }
    let end = EndRecord(
      moment: now, digest: digest(&numbers), reason: seed % 3 == 0 ? .panic("no init") : .failure(code: 3),
      consoleDigest: digest(&numbers), consoleByteCount: 6, inputCount: writer.inputCount)
    file += writer.end(end, marks: [Mark(moment: now, name: "power-off", isAutomatic: true)])
    if seed % 4 > 1 { file += writer.amendment(marks: [Mark(moment: now, name: "by hand", isAutomatic: false)]) }
    return file
  }

  private static func stretch(
    _ writer: inout TraceWriter, _ numbers: inout Numbers, from now: inout Moment
  ) -> [UInt8] {
    let start = now
    var inputs: [InputRecord] = []
    var effects: [EffectRecord] = []
    for _ in 0..<4 {
      now.step.count += numbers.next() % 50
      now.cycle.count += numbers.next() % 200
      inputs.append(InputRecord(moment: now, slot: 1, bytes: numbers.bytes(numbers.below(4))))
      let kinds: [EffectRecord.Kind] = [
        .output(slot: 1, byte: numbers.byte()), .interrupt(hart: 0, cause: 9, pc: numbers.next()),
        .read(slot: 2, offset: 5, width: 4, value: numbers.next()), .write(slot: 2, offset: 6, width: 1, value: 3),
      ]
      effects += kinds.map { EffectRecord(moment: now, kind: $0) }
    }
    let rungs = [Rung(moment: now, digest: digest(&numbers))]
    let marks = [Mark(moment: start, name: "here", isAutomatic: true)]
    var file = writer.segment(inputs: inputs, effects: effects, rungs: rungs, marks: marks, covering: start...now)
    file += writer.pages([page(numbers.byte()), page(numbers.byte())])
    file += writer.checkpoint(record(at: now, &numbers, Int(writer.nextPageNumber)))
    return file
  }

  private static func record(at moment: Moment, _ numbers: inout Numbers, _ contentCount: Int) -> CheckpointRecord {
    let pages = (0..<UInt32(5)).map { number in
      let isZero = numbers.below(4) == 0
      return PageReference(
        page: number * 3 + 1, content: isZero ? PageReference.zeroPage : UInt32(numbers.below(contentCount)))
    }
    return CheckpointRecord(
      moment: moment, digest: digest(&numbers), shape: digest(&numbers), board: numbers.bytes(12), pages: pages)
  }

  private static func page(_ byte: UInt8) -> [UInt8] {
    [UInt8](repeating: byte, count: PageBlock.pageByteCount - 1) + [1]
  }

  private static func digest(_ numbers: inout Numbers) -> TraceDigest {
    TraceDigest(high: numbers.next(), low: numbers.next())
  }
}
