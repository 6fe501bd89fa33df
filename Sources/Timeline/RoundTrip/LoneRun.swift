internal import Backplane
internal import StateCoding
internal import VirtualTime

/// A machine and what enters it, on the way through a recording.
struct LoneRun<B: Board> {
  /// What the run was told to stop for.
  struct Interrupted: Error {}

  /// Asked and told while machines run.
  final class Watch {
    var shouldStop: () -> Bool = { false }
    /// Told how many steps were gone through since the last time.
    var onSteps: (UInt64) -> Void = { _ in }
  }

  /// How many steps to run, at most, between two questions whether to stop.
  private static var pauseSteps: UInt64 { 1 << 22 }

  let machine: Machine<B>
  private var door: Door
  private let watch: Watch
  /// Whether to drop all caches before each advance.
  private let dropsCaches: Bool

  /// A run of `machine` from where it stands.
  init(
    _ machine: Machine<B>, _ inputs: [StampedInput], until end: Moment? = nil, dropsCaches: Bool = false, watch: Watch
  ) {
    (self.machine, self.dropsCaches, self.watch) = (machine, dropsCaches, watch)
    door = Door(RecordedInputs(inputs, from: machine.moment, until: end))
    machine.collecting = []
  }

  /// Runs to `target`, or to where the machine stops for good.
  mutating func advance(to target: Moment) throws {
    if dropsCaches { machine.dropCaches() }
    while machine.moment < target {
      if watch.shouldStop() { throw Interrupted() }
      let start = machine.moment.step.count
      let pause = Moment(step: Step(start + Self.pauseSteps), cycle: .zero)
      let stop = machine.run(until: RunLimit(moment: min(target, pause)), door: &door)
      _ = door.takeLog()
      _ = machine.takeEffects()
      watch.onSteps(machine.moment.step.count - start)
      // Where it stops by itself it stays.
      guard stop == .limit, machine.moment >= min(target, pause) else { return }
    }
  }

  /// Where the machine stands, and its digest.
  var standing: Standing { Standing(moment: machine.moment, digest: machine.digest()) }
}

/// A machine at a moment, as far as it is compared.
struct Standing: Hashable {
  var moment: Moment
  var digest: Digest
}
