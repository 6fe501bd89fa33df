/// What `bisect` reports. A plain value: as JSON it is described in Documentation/JSON.md, as text in
/// `BisectReport+Text`.
struct BisectReport: Encodable {
  /// Something said of side A and of side B.
  struct Both<Value: Encodable & Equatable>: Encodable, Equatable {
    var a: Value
    var b: Value

    init(_ a: Value, _ b: Value) { (self.a, self.b) = (a, b) }
  }

  /// What is compared.
  struct Recorded: Encodable, Equatable {
    var file: String
    /// `trace` or `ladder`.
    var kind: String
    var first: Length
    var last: Length
    var isComplete: Bool
    /// Why the run ended; nothing when the recording was cut short.
    var endReason: String?
  }

  /// Something that the machines do not have in common at power-on.
  struct MachineDifference: Encodable, Equatable {
    var name: String
    var isImage: Bool
    var a: String
    var b: String
  }

  struct Input: Encodable, Equatable {
    var step: UInt64
    var cycle: UInt64
    var device: String
    /// In hexadecimal, and as text.
    var bytes: String
    var text: String
  }

  /// The first input that differs.
  struct InputDifference: Encodable, Equatable {
    /// From 0.
    var index: Int
    var a: Input?
    var b: Input?
  }

  /// What the ladders say.
  struct Ladder: Encodable, Equatable {
    var commonRungs: Int
    var lastSameStep: UInt64?
    var firstDifferentStep: UInt64?
    var sameAgainRungs: Int
    var comparisons: Int
  }

  struct Segment: Encodable, Equatable {
    var fromStep: UInt64
    var toStep: UInt64
  }

  /// An instruction that was about to be executed.
  struct Instruction: Encodable, Equatable {
    var step: UInt64
    var hart: Int
    var privilege: String
    var pc: String
    var symbol: String?
    var source: String?
    var instruction: String?
    var instructionBytes: String?
    /// The interrupt that was taken instead of it.
    var interrupt: String?
  }

  struct Interrupt: Encodable, Equatable {
    var step: UInt64
    var cycle: UInt64
    var hart: Int
    var cause: Int
    var causeName: String
    var pc: String
    var symbol: String?
  }

  struct Register: Encodable, Equatable {
    var hart: Int
    var name: String
    var a: String
    var b: String
  }

  struct Field: Encodable, Equatable {
    var path: String
    var a: String
    var b: String
  }

  /// Eight bytes of memory.
  struct Word: Encodable, Equatable {
    /// Guest-physical.
    var address: String
    var symbol: String?
    var a: String
    var b: String
  }

  /// The step with which they part.
  struct Parting: Encodable, Equatable {
    var step: UInt64
    /// Of the last moment at which the machines are the same.
    var cycle: UInt64
    var guestNanoseconds: UInt64
    /// `machine`: all of it was compared. `board`: memory was not, because it differs from the start.
    var measure: String
    var place: Instruction
    /// Where each machine stands behind the step.
    var behind: Both<Length>
    /// What each did in the step.
    var done: Both<[String]>
    /// What entered each at the last common moment or later in the step.
    var entered: Both<[Input]>
    var registers: [Register]
    var fields: [Field]
    var memory: [Word]
    var moreWords: Int
    var morePages: Int
    /// The last instructions that both executed, oldest first.
    var recent: [Instruction]
    /// The last inputs before the step, oldest first.
    var inputsBefore: Both<[Input]>
    /// The last interrupts before the step, oldest first; nothing of a trace that does not hold them.
    var interruptsBefore: Both<[Interrupt]?>
  }

  /// A replay that is not its own recording.
  struct ReplayDivergence: Encodable, Equatable {
    /// `A` or `B`.
    var side: String
    var file: String
    var subject: String
    var lastCommonStep: UInt64
    var foundStep: UInt64
    var recorded: String
    var replayed: String
  }

  var schema = "reprise/bisect/1"
  /// `identical`, `different-inputs`, `different-state`, `different-machine`, `ended-early`, `replay-diverged` or
  /// `interrupted`.
  var verdict: String
  var isForced: Bool
  var sides: Both<Recorded>
  var machine: [MachineDifference] = []
  var input: InputDifference?
  var ladder: Ladder
  var segment: Segment?
  var parting: Parting?
  /// Where the first value that differs came from.
  var why: BisectWhy?
  var divergence: ReplayDivergence?
  /// How often machines were compared, and steps run on both sides.
  var comparisons: Int
  var stepsRun: UInt64
  /// What else is to be known of the search, in sentences.
  var notes: [String]
  /// Commands to go on with.
  var commands: [String]
}
