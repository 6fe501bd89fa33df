internal import Glibc
internal import Synchronization

/// The seed of the round that runs now, for the signal handler.
private let currentSeed = Atomic<UInt64>(0)

/// Rounds until the time is over.
struct Run {
  let name: String
  let subject: any Subject
  let seconds: UInt64
  let firstSeed: UInt64
  let memoryMebibytes: UInt64

  /// The most seconds that one round may take.
  private static let roundSeconds: UInt32 = 60

  /// Whether nothing failed.
  func run() -> Bool {
    currentSeed.store(firstSeed, ordering: .relaxed)
    for number in [SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGALRM] { signal(number, seedOfDeath) }
    let clock = ContinuousClock()
    let end = clock.now + .seconds(Int64(clamping: seconds))
    var nextReport = clock.now + .seconds(10)
    var seed = firstSeed
    while clock.now < end {
      currentSeed.store(seed, ordering: .relaxed)
      alarm(Self.roundSeconds)
      if let problem = subject.round(seed: seed) { return fail(seed, problem) }
      if Self.peakMebibytes > memoryMebibytes {
        return fail(seed, "the process takes \(Self.peakMebibytes) MiB, where \(memoryMebibytes) may be")
      }
      seed &+= 1
      if clock.now > nextReport {
        nextReport = clock.now + .seconds(10)
        print("\(name): \(seed &- firstSeed) rounds, \(Self.peakMebibytes) MiB at most")
        fflush(nil)
      }
    }
    print("\(name): \(seed &- firstSeed) rounds from seed \(firstSeed), no failure, \(Self.peakMebibytes) MiB at most")
    return true
  }

  private func fail(_ seed: UInt64, _ problem: String) -> Bool {
    print("\(name): seed \(seed): \(problem)\nfuzz \(name) --only \(seed)")
    return false
  }

  /// The most memory the process has had, in MiB.
  private static var peakMebibytes: UInt64 {
    var usage = rusage()
    getrusage(RUSAGE_SELF.rawValue, &usage)
    return UInt64(clamping: usage.ru_maxrss) / 1024
  }
}

/// Tells the seed of a round that traps or does not come to its end. Calls only what a signal handler may.
private func seedOfDeath(_ number: Int32) {
  let text: StaticString =
    number == SIGALRM ? "\nfuzz: a round does not come to its end; --only " : "\nfuzz: a round traps; --only "
  write(STDOUT_FILENO, text.utf8Start, text.utf8CodeUnitCount)
  withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 24) { digits in
    var place = 23
    digits[place] = UInt8(ascii: "\n")
    var rest = currentSeed.load(ordering: .relaxed)
    repeat {
      place -= 1
      digits[place] = UInt8(ascii: "0") + UInt8(rest % 10)
      rest /= 10
    } while rest > 0
    write(STDOUT_FILENO, UnsafeRawPointer(digits.baseAddress?.advanced(by: place)), 24 - place)
  }
  _exit(1)
}
