internal import Archive
public import Backplane
internal import Synchronization
internal import VirtualTime

extension Playback {
  /// What a search came to.
  public enum SearchResult: Hashable, Sendable {
    /// The latest hit.
    case found(Hit)
    /// There is none.
    case nothing
    /// It was told to stop before it knew.
    case interrupted
    /// The machine has left the recording on the way.
    case diverged(Divergence)
  }

  /// A stretch of the recording to go through: from a checkpoint to the next.
  private struct Segment: Sendable {
    var start: Checkpoint<B>
    var end: Moment
    var stepCount: UInt64 { end.step.count - start.moment.step.count }
  }

  /// A segment longer than this is worth a checkpoint in its middle.
  private var shortSegmentSteps: UInt64 { limits.gapStepsMin << 8 }

  /// A segment longer than this is gone through without stop points first.
  private var longSegmentSteps: UInt64 { limits.gapStepsMin << 3 }

  /// Finds the hit of `stops` that is the latest before `limit`, and at a step no earlier than `floor`: segments newest
  /// first, without those that cannot have one. The machine may be anywhere afterwards.
  func search(_ stops: StopPoints, before limit: Moment, notBefore floor: Step) -> SearchResult {
    guard !stops.isEmpty else { return .nothing }
    readStored(before: limit, notBefore: floor)
    let pages = pagesToBeWritten(stops)
    var remaining = segments(before: limit, notBefore: floor, writing: pages)
    if let newest = remaining.last, newest.stepCount > longSegmentSteps, newest.end == limit, approach(newest) {
      if let found = takeDivergence() { return .diverged(found) }
      remaining = segments(before: limit, notBefore: floor, writing: pages)
    }
    let total = remaining.reduce(0) { $0 + $1.stepCount }
    var done: UInt64 = 0
    while let newest = remaining.last {
      onProgress(PlaybackProgress(activity: .searching, doneSteps: done, totalSteps: total))
      if shouldStop() { return .interrupted }
      // The newest alone first: that is where the answer mostly is.
      let batch = done == 0 ? [] : sharedOut(of: remaining)
      if batch.count > 1, let result = searchTogether(batch, stops, notBefore: floor, (done, total)) {
        if result != .nothing { return result }
        done += batch.reduce(0) { $0 + $1.stepCount }
        remaining.removeLast(batch.count)
        continue
      }
      switch searchAlone(newest, stops, notBefore: floor, (done, total)) {
      case .gone(let hit?): return .found(hit)
      case .gone(nil):
        if let found = takeDivergence() { return .diverged(found) }
        done += newest.stepCount
        remaining.removeLast()
      case .interrupted: return .interrupted
      case .stopped(let stop): return .diverged(divergence ?? diverge(stop))
      case .cannotBegin:
        // Without the checkpoint, the segment before it reaches up to here.
        giveUp(newest.start)
        remaining = segments(before: newest.end, notBefore: floor, writing: nil)
      }
    }
    return .nothing
  }

  /// Runs through `segment` without stop points. That is fast whatever they are, while with them an instruction that
  /// may be stopped at is executed by itself; and it leaves checkpoints closer and closer together towards the end,
  /// where the answer mostly is.
  /// - Returns: false when it did not come to its end.
  private func approach(_ segment: Segment) -> Bool {
    guard traveller.restore(segment.start) else { return false }
    let (report, start, total) = (onProgress, segment.start.moment.step.count, segment.stepCount)
    traveller.shouldStop = shouldStop
    traveller.onProgress = { [weak self] now in
      self?.keepTaken()
      report(
        PlaybackProgress(activity: .searching, doneSteps: now.step.count - start, totalSteps: total))
    }
    defer { keepTaken() }
    if case .reached = traveller.advance(to: segment.end, captures: .approaching) { return true }
    return false
  }

  private func searchAlone(
    _ segment: Segment, _ stops: StopPoints, notBefore floor: Step, _ progress: (done: UInt64, total: UInt64)
  ) -> Traveller<B>.Way {
    let report = onProgress
    traveller.shouldStop = shouldStop
    traveller.onProgress = { [weak self] now in
      self?.keepTaken()
      report(
        PlaybackProgress(
          activity: .searching, doneSteps: progress.done + now.step.count - segment.start.moment.step.count,
          totalSteps: progress.total))
    }
    defer { keepTaken() }
    return traveller.lastHit(
      stops, from: segment.start, to: segment.end, notBefore: floor, captures: .approaching)
  }

  /// Reads the checkpoints of the trace that lie on the way: each makes two short segments of a long one.
  private func readStored(before limit: Moment, notBefore floor: Step) {
    let start = Moment(step: floor, cycle: .zero)
    while let checkpoint = stored.takeLatest(notAfter: limit, laterThan: start) { checkpoints.insert(checkpoint) }
  }

  /// The newest of `segments`, for the threads to share. Of long ones, on whose way checkpoints are taken, only a few:
  /// nothing is thinned before they are through.
  private func sharedOut(of segments: [Segment]) -> [Segment] {
    guard workers.count > 1 else { return [] }
    var longSteps: UInt64 = 0
    let count = segments.reversed().enumerated().prefix { number, segment in
      if segment.stepCount > shortSegmentSteps { longSteps += segment.stepCount }
      return number < workers.count || longSteps <= shortSegmentSteps * UInt64(workers.count) * 16
    }.count
    return Array(segments.suffix(count))
  }

  /// The segments that together reach from `floor` to `limit`, in order of time; those alone that may have written
  /// `pages`, when that is asked.
  private func segments(before limit: Moment, notBefore floor: Step, writing pages: [ClosedRange<Int>]?) -> [Segment] {
    var segments: [Segment] = []
    let all = checkpoints.checkpoints
    for (index, checkpoint) in all.enumerated() where checkpoint.moment < limit {
      let end = index + 1 < all.count ? min(all[index + 1].moment, limit) : limit
      if end.step > floor || (end.step == floor && end == limit) {
        segments.append(Segment(start: checkpoint, end: end))
      }
    }
    guard let pages else { return segments }
    return segments.filter { segment in
      pages.contains { written.mayHaveWritten($0, from: segment.start.moment, to: segment.end) }
    }
  }

  /// The pages that a hit must have written; `nil` when a hit need not have written any.
  private func pagesToBeWritten(_ stops: StopPoints) -> [ClosedRange<Int>]? {
    guard stops.breakpoints.isEmpty, stops.registers.isEmpty else { return nil }
    let memory = machine.memory
    var pages: [ClosedRange<Int>] = []
    for watchpoint in stops.watchpoints {
      guard watchpoint.space == .physical, !watchpoint.onRead,
        let offset = memory.offset(of: watchpoint.address, count: watchpoint.byteCount)
      else { return nil }
      pages.append(Int(offset / Memory.pageSize)...Int((offset + watchpoint.byteCount - 1) / Memory.pageSize))
    }
    return pages
  }

  // MARK: - On several threads

  /// Searches `batch` with machines of their own, one a thread; `nil` when that did not go to its end.
  private func searchTogether(
    _ batch: [Segment], _ stops: StopPoints, notBefore floor: Step, _ progress: (done: UInt64, total: UInt64)
  ) -> SearchResult? {
    let shared = SharedSearch<B>(count: batch.count)
    let (course, store, start) = (traveller.course, store, checkpoints.checkpoints[0])
    let engine = machine.engine
    let (geometry, gapStepsMin, shortSteps) = (MemoryGeometry(machine.memory), limits.gapStepsMin, shortSegmentSteps)
    let poll = shouldStop
    let body: @Sendable (Int) -> Void = { _ in
      guard let memory = geometry.makeMemory() else { return shared.fail() }
      let traveller = Traveller(
        Machine(board: start.board, memory: memory, engine: engine), course, store: store, gapStepsMin: gapStepsMin)
      while let index = shared.takeNext() {
        let segment = batch[index]
        traveller.shouldStop = { shared.isDone(with: index) }
        let way = traveller.lastHit(
          stops, from: segment.start, to: segment.end, notBefore: floor,
          captures: segment.stepCount > shortSteps ? .evenly : .none)
        if case .interrupted = way { return }
        guard case .gone(let hit) = way, traveller.divergence == nil else { return shared.fail() }
        let (taken, stretches) = traveller.takeTaken()
        shared.note(hit, in: index, segment.stepCount, taken, stretches)
      }
    }
    workers.perform(min(workers.count, batch.count), body) {
      if poll() { shared.cancel() }
      onProgress(
        PlaybackProgress(
          activity: .searching, doneSteps: progress.done + shared.doneSteps, totalSteps: progress.total))
    }
    keep(shared.taken, shared.stretches)
    if shared.isInterrupted { return .interrupted }
    guard !shared.hasFailed else { return nil }
    return shared.best.map { .found($0) } ?? .nothing
  }
}

/// What the threads of one search share: the segments still to be taken, newest first, the best hit so far, and what is
/// to be kept of the way.
private final class SharedSearch<B: Board>: Sendable {
  private struct State {
    var next: Int
    var best: (index: Int, hit: Hit)?
    var taken: [Checkpoint<B>] = []
    var stretches: [WrittenPages.Stretch] = []
    var doneSteps: UInt64 = 0
    var hasFailed = false
    var isInterrupted = false
  }

  private let state: Mutex<State>

  init(count: Int) { state = Mutex(State(next: count - 1)) }

  /// The newest segment that nobody has taken; `nil` when the rest is of no interest any more.
  func takeNext() -> Int? {
    state.withLock { state in
      guard state.next >= 0, !state.hasFailed, !state.isInterrupted, state.next > state.best?.index ?? -1 else {
        return nil
      }
      defer { state.next -= 1 }
      return state.next
    }
  }

  /// Notes that segment `index` has been gone through: the last hit in it, if any, and what came to be on the way.
  func note(
    _ hit: Hit?, in index: Int, _ stepCount: UInt64, _ taken: [Checkpoint<B>], _ stretches: [WrittenPages.Stretch]
  ) {
    state.withLock { state in
      state.doneSteps += stepCount
      if let hit, index > state.best?.index ?? -1 { state.best = (index, hit) }
      state.taken += taken
      state.stretches += stretches
    }
  }

  func fail() { state.withLock { $0.hasFailed = true } }
  func cancel() { state.withLock { $0.isInterrupted = true } }

  /// Whether nobody wants to know any more what is in segment `index`.
  func isDone(with index: Int) -> Bool {
    state.withLock { $0.isInterrupted || $0.hasFailed || index < $0.best?.index ?? -1 }
  }

  var isInterrupted: Bool { state.withLock { $0.isInterrupted } }
  var hasFailed: Bool { state.withLock { $0.hasFailed } }
  var best: Hit? { state.withLock { $0.best?.hit } }
  var doneSteps: UInt64 { state.withLock { $0.doneSteps } }
  var taken: [Checkpoint<B>] { state.withLock { $0.taken } }
  var stretches: [WrittenPages.Stretch] { state.withLock { $0.stretches } }
}

/// Where memory lies: enough to make another of the same kind.
struct MemoryGeometry: Sendable {
  private let romBase: UInt64
  private let romSize: UInt64
  private let ramBase: UInt64
  private let ramSize: UInt64

  init(_ memory: Memory) {
    (romBase, romSize, ramBase, ramSize) = (memory.romBase, memory.romSize, memory.ramBase, memory.ramSize)
  }

  func makeMemory() -> Memory? { Memory(romBase: romBase, romSize: romSize, ramBase: ramBase, ramSize: ramSize) }
}
