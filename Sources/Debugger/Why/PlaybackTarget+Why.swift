public import Backplane
internal import Timeline
public import VirtualTime

extension PlaybackTarget {
  /// See `DebugTarget`.
  public func lastWrite(_ stops: StopPoints, before limit: Moment) throws -> Hit? {
    switch playback.lastHit(of: stops, before: limit) {
    case .found(let hit): return hit
    case .nothing: return nil
    case .interrupted: throw DebugProblem("stopped before it was known")
    case .diverged(let found): throw DebugProblem(Self.text(found))
    }
  }

  /// See `DebugTarget`.
  public func dataflow(hart: Int) -> [ValueWrite]? {
    playback.machine.board.dataflow(hart: hart, memory: playback.machine.memory)
  }

  /// See `DebugTarget`.
  public func takeStep(hart: Int) throws -> StepOutcome {
    let (before, start) = (playback.machine.board, playback.moment)
    let planned = dataflow(hart: hart) ?? []
    let (arrival, effects) = playback.takeStep()
    switch arrival {
    case .interrupted: throw DebugProblem("stopped before it was known")
    case .diverged(let found): throw DebugProblem(Self.text(found))
    default: break
    }
    let after = playback.machine.board
    guard after.retiredCount(hart: hart) != before.retiredCount(hart: hart) else {
      return StepOutcome(trap: after.trap(hart: hart, insteadOf: planned))
    }
    for effect in effects.reversed() {
      guard case .read(let slot, let offset, _, let value) = effect.kind else { continue }
      let input = offset == B.inputOffset(of: slot) ? input(at: slot, before, after, since: start) : nil
      return StepOutcome(readValue: value, input: input.map { $0(UInt8(truncatingIfNeeded: value)) } ?? nil)
    }
    return StepOutcome()
  }

  /// The input whose byte the step from `before`, which stood at `start`, to `after` has read at `slot`, given that
  /// byte; `nil` when it has read none.
  ///
  /// Bytes are read in the order in which they entered, and none is lost but the newest: so what still waits is the
  /// end of all that entered, and the byte is the one before.
  private func input(at slot: Slot, _ before: B, _ after: B, since start: Moment) -> ((UInt8) -> WhyInput?)? {
    let waiting = after.waitingBytes(at: slot)
    let inputs = playback.inputs.filter { $0.input.slot == slot && $0.moment.step <= start.step }
    let enteredNow = inputs.reduce(0) { $1.moment >= start ? $0 + $1.input.bytes.count : $0 }
    guard before.waitingBytes(at: slot).count + enteredNow == waiting.count + 1 else { return nil }
    let stream = inputs.flatMap { input in input.input.bytes.map { (moment: input.moment, byte: $0) } }
    return { byte in
      let place = stream.count - waiting.count - 1
      if place >= 0, stream[place].byte == byte, stream[(place + 1)...].map(\.byte) == waiting {
        return WhyInput(moment: stream[place].moment, byte: byte, isCertain: true)
      }
      return stream.last { $0.byte == byte }.map { WhyInput(moment: $0.moment, byte: byte, isCertain: false) }
    }
  }

  /// See `DebugTarget`.
  public func nature(ofRegister number: Int) -> RegisterNature { B.nature(ofRegister: number) }
  /// See `DebugTarget`.
  public func name(of slot: Slot) -> String { B.name(of: slot) }
  /// See `DebugTarget`.
  public func origin(of address: UInt64, count: Int) throws -> [MemoryOriginStretch] {
    try knowledge.origin(address, count)
  }
}
