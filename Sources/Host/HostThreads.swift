public import Backplane
internal import Glibc
internal import Synchronization

/// The threads of the host, for work whose result does not depend on when it is done.
public final class HostThreads: Workers {
  /// How many it uses: the processors that the host has, at most eight.
  public let count: Int

  private struct Queue {
    var work: [@Sendable () -> Void] = []
    var isServed = false
  }

  private let queue = Mutex(Queue())

  /// The host's threads.
  /// - Parameter count: how many to use; as many as there are processors unless told otherwise.
  public init(count: Int? = nil) { self.count = max(1, count ?? min(8, Self.processorCount)) }

  /// How many processors the host has.
  public static var processorCount: Int { Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

  /// Puts `work` in a queue that one more thread serves as long as there is something in it.
  public func submit(_ work: @escaping @Sendable () -> Void) {
    let mustServe = queue.withLock { queue in
      queue.work.append(work)
      defer { queue.isServed = true }
      return !queue.isServed
    }
    guard mustServe, Thread.start({ [self] in serve() }) == nil else { return }
    // The host has no more threads: then it is done here.
    serve()
  }

  private func serve() {
    while let work = take(orEnd: true) { work() }
  }

  /// The next work; when there is none, the thread that serves the queue says that it ends.
  private func take(orEnd ends: Bool) -> (@Sendable () -> Void)? {
    queue.withLock { queue in
      guard !queue.work.isEmpty else {
        if ends { queue.isServed = false }
        return nil
      }
      return queue.work.removeFirst()
    }
  }

  /// Helps with what is queued, and waits for what is under way.
  public func drain() {
    while let work = take(orEnd: false) { work() }
    while queue.withLock({ $0.isServed }) { usleep(200) }
  }

  /// See `Workers.perform`: on threads of their own, while the caller's thread looks around every few milliseconds.
  public func perform(_ count: Int, _ body: @escaping @Sendable (Int) -> Void, whileWaiting: () -> Void) {
    let remaining = Remaining(count)
    var threads: [pthread_t] = []
    for number in 0..<count {
      let work: @Sendable () -> Void = {
        body(number)
        remaining.count.wrappingSubtract(1, ordering: .acquiringAndReleasing)
      }
      if let thread = Thread.start(work, isDetached: false) { threads.append(thread) } else { work() }
    }
    while remaining.count.load(ordering: .acquiring) > 0 {
      whileWaiting()
      usleep(2000)
    }
    for thread in threads { pthread_join(thread, nil) }
  }
}

private final class Remaining: Sendable {
  let count: Atomic<Int>
  init(_ count: Int) { self.count = Atomic(count) }
}

private enum Thread {
  private final class Box {
    let work: @Sendable () -> Void
    init(_ work: @escaping @Sendable () -> Void) { self.work = work }
  }

  /// Starts a thread that does `work`; `nil` when the host has none to give.
  static func start(_ work: @escaping @Sendable () -> Void, isDetached: Bool = true) -> pthread_t? {
    var thread = pthread_t()
    let box = Unmanaged.passRetained(Box(work))
    let status = pthread_create(
      &thread, nil,
      { pointer in
        guard let pointer else { return nil }
        Unmanaged<Box>.fromOpaque(pointer).takeRetainedValue().work()
        return nil
      }, box.toOpaque())
    guard status == 0 else {
      box.release()
      return nil
    }
    if isDetached { pthread_detach(thread) }
    return thread
  }
}
