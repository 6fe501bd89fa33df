internal import Archive
internal import Backplane
internal import StateCoding
internal import Synchronization
internal import VirtualTime

/// Two recordings side by side, each gone through by one thread at a time, and both at once where the way is long.
final class Lanes<B: Board> {
  /// A way shorter than this is not worth a thread.
  private static var shortSteps: UInt64 { 1 << 16 }

  private let a: Lane<B>
  private let b: Lane<B>
  private let workers: any Workers
  private let watch = Watch()

  /// Asked and told while the sides run: whether to stop, and the steps run so far on both.
  var shouldStop: () -> Bool = { false }
  var onSteps: (UInt64) -> Void = { _ in }

  /// Where each recording begins and ends.
  let spans: Sides<(first: Moment, last: Moment)>

  /// Opens both sides, at once where there are threads for it.
  init(
    _ sides: Sides<RecordedSide<B>>, _ ways: Sides<SideRunner<B>.Way> = Sides(both: .nearest),
    comparesRungs: Bool = true, workers: any Workers
  ) throws {
    self.workers = workers
    (a, b) = (Lane(), Lane())
    let (a, b, watch) = (a, b, watch)
    // One store, so that pages that both have are kept once.
    let store = PageStore(workers: workers, plainByteCount: 1 << 30)
    let results = Gathered<(Moment, Moment)>()
    workers.perform(
      2,
      { number in
        let (lane, side, way) = number == 0 ? (a, sides.a, ways.a) : (b, sides.b, ways.b)
        results.set(
          number, Result { try lane.open(side, way, comparesRungs: comparesRungs, watch, store) })
      }, whileWaiting: {})
    let (one, other) = (try results.value(0), try results.value(1))
    spans = Sides((one.0, one.1), (other.0, other.1))
  }

  private subscript(_ side: Side) -> Lane<B> { side == .a ? a : b }

  /// Does `body` with the runner of `side`.
  func with<Result: Sendable>(
    _ side: Side, _ body: @Sendable (SideRunner<B>) throws -> Result
  ) throws -> Result {
    try self[side].with(body)
  }

  /// Does `body` with both runners, at once when they have more than a few steps to go.
  func both<Value: Sendable>(
    steps: UInt64 = 0, _ body: @escaping @Sendable (SideRunner<B>, Side) throws -> Value
  ) throws -> Sides<Value> {
    guard steps > Self.shortSteps else {
      poll()
      return Sides(try with(.a) { try body($0, .a) }, try with(.b) { try body($0, .b) })
    }
    let results = Gathered<Value>()
    let (a, b) = (a, b)
    workers.perform(
      2,
      { number in
        let (lane, side): (Lane<B>, Side) = number == 0 ? (a, .a) : (b, .b)
        results.set(number, Result { try lane.with { try body($0, side) } })
      }, whileWaiting: poll)
    return Sides(try results.value(0), try results.value(1))
  }

  private func poll() {
    if shouldStop() { watch.stop() }
    onSteps(watch.stepsRun)
  }

  /// Steps run so far on both sides.
  var stepsRun: UInt64 { watch.stepsRun }
}

/// One side, for one thread at a time.
private final class Lane<B: Board>: Sendable {
  private let runner = Mutex<SideRunner<B>?>(nil)

  func open(
    _ side: RecordedSide<B>, _ way: SideRunner<B>.Way, comparesRungs: Bool, _ watch: Watch, _ store: PageStore
  ) throws -> (Moment, Moment) {
    try runner.withLock { runner in
      let opened = try SideRunner(side, way, comparesRungs: comparesRungs, store: store)
      opened.shouldStop = { watch.isStopped }
      opened.onSteps = { watch.note($0) }
      let span = (opened.first, opened.last)
      runner = opened
      return span
    }
  }

  func with<Result: Sendable>(_ body: @Sendable (SideRunner<B>) throws -> Result) throws -> Result {
    try runner.withLock { runner in
      guard let runner else { preconditionFailure("a side is opened before it is used") }
      return try body(runner)
    }
  }
}

/// What the threads of a bisection are asked and tell.
private final class Watch: Sendable {
  private let stopped = Atomic<Bool>(false)
  private let steps = Atomic<UInt64>(0)

  var isStopped: Bool { stopped.load(ordering: .relaxed) }
  var stepsRun: UInt64 { steps.load(ordering: .relaxed) }

  func note(_ count: UInt64) { steps.wrappingAdd(count, ordering: .relaxed) }
  func stop() { stopped.store(true, ordering: .relaxed) }
}

/// What two threads have come to.
private final class Gathered<Value: Sendable>: Sendable {
  private let results = Mutex<[Result<Value, any Error>?]>([nil, nil])

  func set(_ number: Int, _ result: Result<Value, any Error>) { results.withLock { $0[number] = result } }

  func value(_ number: Int) throws -> Value {
    guard let result = results.withLock({ $0[number] }) else { preconditionFailure("both threads have returned") }
    return try result.get()
  }
}
