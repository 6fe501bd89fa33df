public import Archive
public import Backplane
internal import StateCoding
public import VirtualTime

/// What a replay did that its recording did not.
public struct Divergence: Hashable, Sendable {
  /// What was compared when the difference was found.
  public enum Subject: String, Sendable {
    /// The digest of the whole machine at a rung.
    case rung
    /// An interrupt, a byte of output or a device access.
    case effect
    /// How, when or in which state the run ended.
    case end
    /// What two engines made of the same recording, side by side: `Machine.engineDifference` tells more.
    case engine
  }

  /// What was compared.
  public let subject: Subject
  /// The last moment at which both were known to be the same.
  public let lastCommon: Moment
  /// Where the difference was found; the runs parted at or before this moment.
  public let found: Moment
  /// What the recording has.
  public let recorded: String
  /// What the replay has.
  public let replayed: String
}

/// What a replay found.
public struct ReplayReport: Sendable {
  /// Where the replay stopped.
  public var moment: Moment
  /// Rungs whose digests were compared, and were the same but for the last when there is a divergence.
  public var rungsCompared = 0
  /// Effects compared.
  public var effectsCompared: UInt64 = 0
  /// Whether the trace holds effects that could be compared.
  public var comparesEffects = true
  /// Console bytes.
  public var consoleByteCount: UInt64 = 0
  /// Whether the replay reached the recording's end, and the end was compared.
  public var reachedEnd = false
  /// The first difference, if there was one.
  public var divergence: Divergence?
}

/// A part of a recording.
struct Passage: Sendable {
  /// Where it begins.
  var start: Moment
  /// What entered in the whole recording.
  var inputs: [StampedInput]
  /// What is compared.
  var rungs: ArraySlice<Rung>
  /// Whether it begins where the recording does, so that the console can be compared over the whole.
  var comparesConsole = true
}

/// Replays a trace and compares everything the trace holds: every rung, every effect, the end.
public final class Replayer<B: Board> {
  private let machine: Machine<B>
  private let reader: TraceReader
  private let collected: EffectSelection
  private let onConsole: (_ bytes: [UInt8], _ moment: Moment) -> Void
  private var console = ConsoleTotals()
  private var produced: [EffectRecord] = []
  private var report = ReplayReport(moment: .zero)
  private var compared = Moment.zero
  /// The moment before which all effects that were recorded are in the file; `nil` when that is all of them.
  private let effectsEnd: Moment?
  private var course: (door: Door, rungs: ArraySlice<Rung>)?
  /// Whether what the console showed in all is compared at the end.
  private var comparesConsole = true
  /// Takes checkpoints of the machine on the way, as it would for a recording; nobody, mostly.
  public var keeper: CheckpointKeeper<B>?

  /// Replays `reader` on `machine`, which stands at power-on as the trace's header says.
  /// - Parameters:
  ///   - collected: the effects that the recording collected.
  ///   - onConsole: is handed the console's bytes as they come.
  public init(
    machine: Machine<B>, reader: TraceReader, collected: EffectSelection,
    onConsole: @escaping (_ bytes: [UInt8], _ moment: Moment) -> Void
  ) {
    (self.machine, self.reader, self.collected, self.onConsole) = (machine, reader, collected, onConsole)
    effectsEnd = reader.end == nil ? Self.effectsEnd(of: reader) : nil
    report.comparesEffects = reader.sections.contains { $0.head.kind == .effects }
    machine.collecting = report.comparesEffects ? collected : .output
  }

  /// Replays a part of `reader` on `machine`, which stands where the part begins, as the recording did there.
  convenience init(
    machine: Machine<B>, reader: TraceReader, collected: EffectSelection, passage: Passage,
    onConsole: @escaping (_ bytes: [UInt8], _ moment: Moment) -> Void
  ) {
    self.init(machine: machine, reader: reader, collected: collected, onConsole: onConsole)
    (compared, lastCommon, comparesConsole) = (passage.start, passage.start, passage.comparesConsole)
    let last = reader.end?.moment ?? reader.covered
    course = (Door(RecordedInputs(passage.inputs, from: passage.start, until: last)), passage.rungs)
  }

  /// Where the effects end in a file that was cut: a segment's inputs are written first, then its effects, then its
  /// rungs, so the inputs may reach further than the effects, and rungs tell that the effects before them are there.
  private static func effectsEnd(of reader: TraceReader) -> Moment {
    reader.sections.reduce(.zero) { end, section in
      let tells = section.head.kind == .effects || section.head.kind == .ladder
      return tells ? max(end, section.head.last) : end
    }
  }

  /// Replays to the first moment of `until`, or to the end of what was recorded; see `run(to:shouldStop:)`.
  public func run(until: Step? = nil, shouldStop: () -> Bool = { false }) throws -> ReplayReport {
    try run(to: until.map { Moment(step: $0, cycle: .zero) }, shouldStop: shouldStop)
  }

  /// Replays from where it stands to `moment`, or to the end of what was recorded. `shouldStop` is asked at every
  /// pause. Once it was stopped or has found a difference, it does not go on.
  /// - Throws: `TraceError` when the trace cannot be read; `SnapshotProblem` when it starts late and cannot be brought
  ///   to its start.
  public func run(to moment: Moment?, shouldStop: () -> Bool = { false }) throws -> ReplayReport {
    var (door, rungs) = try course ?? begin()
    defer { course = (door, rungs) }
    let last = reader.end?.moment ?? reader.covered
    let target = moment.map { min($0, last) } ?? last
    while let rung = rungs.first, rung.moment <= target {
      guard try advance(to: rung.moment, &door, shouldStop) else { return finished() }
      guard compareRung(rung) else { return finished() }
      rungs.removeFirst()
    }
    guard try advance(to: target, &door, shouldStop) else { return finished() }
    // A step is asked for by its first moment, whatever its cycle: the rung that was taken there counts.
    while let rung = rungs.first, rung.moment == machine.moment {
      guard compareRung(rung) else { return finished() }
      rungs.removeFirst()
    }
    if let end = reader.end, target == last { compareEnd(end) }
    return finished()
  }

  /// Brings the machine to the start of the trace.
  private func begin() throws -> (door: Door, rungs: ArraySlice<Rung>) {
    try TraceStart.bring(machine, to: reader)
    (compared, lastCommon) = (reader.start, reader.start)
    let inputs = try reader.inputs().map {
      StampedInput(moment: $0.moment, input: Input(slot: Slot($0.slot), bytes: $0.bytes))
    }
    let last = reader.end?.moment ?? reader.covered
    return (Door(RecordedInputs(inputs, until: last)), try reader.rungs().filter { $0.moment <= last }[...])
  }

  private func finished() -> ReplayReport {
    report.moment = machine.moment
    report.consoleByteCount = console.byteCount
    return report
  }

  /// How many steps to run between two looks at `shouldStop`, and two comparisons of effects.
  private static var pauseSteps: UInt64 { 1 << 24 }

  /// Runs to `moment`. False when the run was stopped or has diverged on the way.
  private func advance(to moment: Moment, _ door: inout Door, _ shouldStop: () -> Bool) throws -> Bool {
    while machine.moment < moment {
      if shouldStop() { return false }
      let pause = Moment(step: Step(machine.moment.step.count + Self.pauseSteps), cycle: .zero)
      let stop = machine.run(until: RunLimit(moment: min(moment, pause)), door: &door)
      take(machine.takeEffects())
      guard try compareEffects() else { return false }
      if stop == .enginesDiffer {
        lastCommon = machine.moment
        diverge(.engine, recorded: "is the same for both engines", replayed: "differs between them")
        return false
      }
      if stop != .limit, machine.moment < moment {
        diverge(.end, recorded: "runs on to \(Self.text(moment))", replayed: "stops here: \(stop)")
        return false
      }
      if stop == .limit, machine.moment < moment, machine.moment < min(moment, pause) {
        diverge(.end, recorded: "idles until \(Self.text(moment))", replayed: "does not idle")
        return false
      }
    }
    return true
  }

  private func take(_ effects: [Effect]) {
    var bytes: [UInt8] = []
    for effect in effects { if case .output(_, let byte) = effect.kind { bytes.append(byte) } }
    if !bytes.isEmpty {
      console.note(bytes)
      onConsole(bytes, machine.moment)
    }
    guard report.comparesEffects else { return }
    // Machines collect output whoever asks; the recording holds it only if it was to.
    for effect in effects where collected.contains(.output) || !effect.isOutput {
      if let record = EffectRecord(effect) { produced.append(record) }
    }
  }

  /// Compares the effects since the last comparison with the recorded ones.
  private func compareEffects() throws -> Bool {
    guard report.comparesEffects else { return true }
    let now = min(machine.moment, effectsEnd ?? machine.moment)
    defer {
      produced.removeAll(keepingCapacity: true)
      compared = now
    }
    guard compared < now else { return true }
    produced.removeAll { $0.moment >= now }
    var recorded: [EffectRecord] = []
    try reader.effects(in: compared.step...now.step) { effect in
      if effect.moment >= compared, effect.moment < now { recorded.append(effect) }
    }
    // A damaged section is missing from what was read: what remains proves nothing.
    guard !reader.damage.contains(where: { $0.section == .effects }) else {
      report.comparesEffects = false
      return true
    }
    for index in 0..<max(recorded.count, produced.count) {
      let theirs = index < recorded.count ? recorded[index] : nil
      let ours = index < produced.count ? produced[index] : nil
      guard theirs == ours else {
        let place = min(theirs?.moment ?? now, ours?.moment ?? now)
        report.divergence = Divergence(
          subject: .effect, lastCommon: index > 0 ? recorded[index - 1].moment : compared, found: place,
          recorded: Self.text(theirs), replayed: Self.text(ours))
        return false
      }
    }
    report.effectsCompared += UInt64(recorded.count)
    return true
  }

  private var lastCommon = Moment.zero

  private func compareRung(_ rung: Rung) -> Bool {
    let digest = TraceDigest(keeper?.keepIfDue(at: machine.moment) ?? machine.digest())
    report.rungsCompared += 1
    guard machine.moment == rung.moment, digest == rung.digest else {
      diverge(
        .rung, recorded: "\(Self.text(rung.moment)), digest \(Self.text(rung.digest))",
        replayed: "\(Self.text(machine.moment)), digest \(Self.text(digest))")
      return false
    }
    lastCommon = rung.moment
    return true
  }

  private func compareEnd(_ end: EndRecord) {
    report.reachedEnd = true
    let digest = TraceDigest(machine.digest())
    var theirs = "\(Self.text(end.moment)), digest \(Self.text(end.digest))"
    var ours = "\(Self.text(machine.moment)), digest \(Self.text(digest))"
    if comparesConsole {
      theirs += ", \(end.consoleByteCount) console bytes with digest \(Self.text(end.consoleDigest))"
      ours += ", \(console.byteCount) console bytes with digest \(Self.text(TraceDigest(console.digest)))"
    }
    if theirs != ours {
      diverge(.end, recorded: theirs, replayed: ours)
      return
    }
    let halt = machine.board.fabric.halt
    let expected: Halt? =
      switch end.reason {
      case .poweredOff: .powerOff
      case .failure(let code): .failure(code: code)
      case .reset: .reset
      default: nil
      }
    if halt != expected { diverge(.end, recorded: "\(end.reason)", replayed: halt.map { "\($0)" } ?? "still runs") }
  }

  private func diverge(_ subject: Divergence.Subject, recorded: String, replayed: String) {
    report.divergence = Divergence(
      subject: subject, lastCommon: lastCommon, found: machine.moment, recorded: recorded, replayed: replayed)
  }

  private static func text(_ moment: Moment) -> String { "@\(moment.step.count) (cycle \(moment.cycle.count))" }

  private static func text(_ digest: TraceDigest) -> String { Digest(high: digest.high, low: digest.low).description }

  private static func text(_ effect: EffectRecord?) -> String {
    guard let effect else { return "nothing" }
    return "\(text(effect.moment)) \(effect.kind)"
  }
}
