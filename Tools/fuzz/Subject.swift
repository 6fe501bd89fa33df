internal import Fuzzing
internal import GDBRemote
internal import Glibc
internal import RISCV
internal import Support

/// Something that can be fuzzed.
protocol Subject {
  /// One round, all of which is made of `seed`.
  /// - Returns: what went wrong, or `nil`.
  func round(seed: UInt64) -> String?
}

/// The reader of traces.
struct TraceSubject: Subject {
  private let fuzzer = TraceFuzzer()

  func round(seed: UInt64) -> String? {
    if case .failed(let what) = fuzzer.round(seed: seed) { what } else { nil }
  }
}

/// The codec of debuggers' packets.
struct PacketSubject: Subject {
  func round(seed: UInt64) -> String? { PacketFuzz.run(seed: seed, rounds: 100).failure }
}

/// The engines, on guests made of the seed.
struct EngineSubject: Subject {
  let kind: EngineFuzz.Kind
  /// A mistake in the translator, for a canary.
  var fault: TranslatorFault?

  func round(seed: UInt64) -> String? { EngineFuzz.round(kind, seed: seed, fault: fault) }
}

/// Traps: a canary.
struct TrapSubject: Subject {
  func round(seed: UInt64) -> String? {
    precondition(seed % 100 != 99, "the canary traps")
    return nil
  }
}

/// Does not come to an end: a canary.
struct HangSubject: Subject {
  func round(seed: UInt64) -> String? {
    while seed % 100 == 99 { sleep(1) }
    return nil
  }
}

/// Fills a gibibyte: a canary.
struct GlutSubject: Subject {
  func round(seed: UInt64) -> String? {
    guard seed % 100 == 99 else { return nil }
    let bytes = [UInt8](repeating: UInt8(truncatingIfNeeded: seed), count: 1 << 30)
    return bytes[Int(seed)] == 0 ? "an array is not filled" : nil
  }
}
