public import Backplane
internal import Glibc
internal import Synchronization

/// The threads of the host, for work whose result does not depend on when it is done.
public final class HostThreads: Workers {
  /// How many it uses.
  public let count: Int

  private struct Queue {
    var work: [@Sendable () -> Void] = []
    var isServed = false
  }

  private let queue = Mutex(Queue())

  /// The host's threads.
  /// - Parameter count: how many to use; as many as are `available`, and at most eight, unless told otherwise.
  public init(count: Int? = nil) { self.count = max(1, count ?? min(8, Self.available)) }

  /// How many threads of this process can run at once: the processors that it may run on, and no more than Slurm has
  /// given to its task.
  public static var available: Int {
    available(processorCount: processorCount, slurm: StandardStreams.environment("SLURM_CPUS_PER_TASK"))
  }

  static func available(processorCount: Int = processorCount, slurm: String?) -> Int {
    guard let slurm, let given = Int(slurm), given > 0 else { return processorCount }
    return min(processorCount, given)
  }

  /// The processors that this process may run on. Linux tells them in `/proc/self/status`; elsewhere, all that there
  /// are.
  private static var processorCount: Int {
    let descriptor = retrying { open("/proc/self/status", O_RDONLY | O_CLOEXEC) }
    if descriptor >= 0 {
      defer { _ = close(descriptor) }
      var bytes = [UInt8](repeating: 0, count: 1 << 14)
      let count = retrying { read(descriptor, &bytes, bytes.count) }
      if count > 0, let allowed = allowedCount(String(decoding: bytes[..<count], as: UTF8.self)) { return allowed }
    }
    return max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
  }

  /// How many processors `status` allows: its line `Cpus_allowed_list:` is like `0-3,8`. proc(5).
  static func allowedCount(_ status: String) -> Int? {
    let title = "Cpus_allowed_list:"
    guard let line = status.split(separator: "\n").first(where: { $0.hasPrefix(title) }) else { return nil }
    var count = 0
    for range in line.dropFirst(title.count).filter({ !$0.isWhitespace }).split(separator: ",") {
      let ends = range.split(separator: "-").map { Int($0) }
      guard let first = ends.first ?? nil, let last = ends.last ?? nil, ends.count <= 2, first >= 0,
        (first...(first + 65535)).contains(last)
      else { return nil }
      count += last - first + 1
    }
    return count > 0 ? count : nil
  }

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
