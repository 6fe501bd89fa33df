public import Backplane
public import VirtualTime

/// A run described beforehand: the machine, what is loaded, what is done to it, and how long it may take.
public struct Scenario: Hashable, Sendable {
  /// What people call it.
  public var name: String
  /// What tells it from the others of its file: the parameters that a matrix gave a value, in their order.
  public var variant: [Parameter] = []
  /// All its parameters, with the values that this one was made with.
  public var parameters: [Parameter] = []
  /// Where its name is written, for messages.
  public var place = ""
  /// The golden ladder that its runs must climb, if there is one.
  public var golden: Golden?
  /// The machine at power-on.
  public var machine: Machine
  /// What is loaded: at most one image for each role, in the order of the roles.
  public var images: [Image]
  /// What is done to it.
  public var script: Script
  /// When to end it.
  public var limits: Limits
  /// How to record it.
  public var recording: Recording

  /// A scenario.
  public init(
    name: String, machine: Machine = Machine(), images: [Image], script: Script = Script(),
    limits: Limits = Limits(), recording: Recording = Recording()
  ) {
    (self.name, self.machine, self.images) = (name, machine, images)
    (self.script, self.limits, self.recording) = (script, limits, recording)
  }

  /// The name, and what tells it from others: `boot[ram=64M,mode=work]`.
  public var title: String {
    variant.isEmpty ? name : "\(name)[\(variant.map { "\($0.name)=\($0.value)" }.joined(separator: ","))]"
  }

  /// A parameter and its value, as text.
  public struct Parameter: Hashable, Sendable {
    /// The name.
    public var name: String
    /// The value.
    public var value: String

    /// A parameter.
    public init(_ name: String, _ value: String) { (self.name, self.value) = (name, value) }
  }

  /// A file that tells the digests that every run must have.
  public struct Golden: Hashable, Sendable {
    /// Where it is, relative to the folder of the scenario's file.
    public var path: String
    /// Where the scenario names it, for messages.
    public var place: String

    /// A golden ladder.
    public init(path: String, place: String) { (self.path, self.place) = (path, place) }
  }

  /// The machine at power-on.
  public struct Machine: Hashable, Sendable {
    /// The boards there are.
    public static let boards = ["virt"]
    /// RAM unless told otherwise, in bytes: 256 MiB, enough for a distribution's kernel with its initial RAM disk.
    public static let ramSizeDefault: UInt64 = 256 << 20
    /// What the calendar clock shows unless told otherwise, in nanoseconds since 1970: 2026-01-01 00:00 UTC.
    public static let epochDefaultNanoseconds: UInt64 = 1_767_225_600_000_000_000
    /// The least and the most RAM, in bytes.
    public static let ramSizes: ClosedRange<UInt64> = 16 << 20...64 << 30
    /// RAM comes in pieces of this many bytes.
    public static let ramSizeUnit: UInt64 = 4096

    /// The name of the board.
    public var board: String
    /// RAM in bytes: one of `ramSizes`, a multiple of `ramSizeUnit`.
    public var ramSize: UInt64
    /// What the calendar clock shows at power-on, in nanoseconds since 1970-01-01 00:00 UTC.
    public var epochNanoseconds: UInt64
    /// What the machine's random numbers start from.
    public var seed: UInt64
    /// The kernel's arguments.
    public var bootArguments: String

    /// A machine.
    public init(
      board: String = "virt", ramSize: UInt64 = ramSizeDefault, epochNanoseconds: UInt64 = epochDefaultNanoseconds,
      seed: UInt64 = 0, bootArguments: String = ""
    ) {
      (self.board, self.ramSize, self.epochNanoseconds) = (board, ramSize, epochNanoseconds)
      (self.seed, self.bootArguments) = (seed, bootArguments)
    }
  }

  /// What an image is to the board. The names are those of the board's own roles.
  public enum Role: String, CaseIterable, Hashable, Sendable {
    /// Starts first.
    case firmware
    /// What the firmware starts, or what starts without one.
    case kernel
    /// The initial RAM disk.
    case initrd
  }

  /// A file to load.
  public struct Image: Hashable, Sendable {
    /// What it is to the board.
    public var role: Role
    /// Where it is.
    public var source: Source
    /// Its SHA-256 digest, 32 bytes, if it must be a certain one.
    public var sha256: [UInt8]?
    /// Where the scenario names it, for messages.
    public var place: String

    /// An image.
    public init(role: Role, source: Source, sha256: [UInt8]? = nil, place: String = "") {
      (self.role, self.source, self.sha256, self.place) = (role, source, sha256, place)
    }
  }

  /// Where an image is.
  public enum Source: Hashable, Sendable {
    /// At this path, relative to the folder of the scenario's file.
    case file(String)
    /// Built by `Tools/guests GUEST`: the file of this name in the guest's folder.
    case guest(String, file: String)
    /// Whatever file has this SHA-256 digest, 32 bytes: below the name that the digest has in hexadecimal digits.
    case digest([UInt8])
  }

  /// When a run ends, if nothing else ends it.
  public struct Limits: Hashable, Sendable {
    /// After this many steps.
    public var steps: UInt64?
    /// After this much guest time.
    public var time: Span?

    /// Limits, none by default.
    public init(steps: UInt64? = nil, time: Span? = nil) { (self.steps, self.time) = (steps, time) }
  }

  /// How a run is recorded.
  public struct Recording: Hashable, Sendable {
    /// Steps between two rungs of the ladder, at least 1; `nil` for the recorder's own choice.
    public var rungIntervalSteps: UInt64?
    /// The effects to keep beside the causes.
    public var effects: EffectSelection

    /// How to record; console output and interrupts are kept unless told otherwise.
    public init(rungIntervalSteps: UInt64? = nil, effects: EffectSelection = [.output, .interrupts]) {
      (self.rungIntervalSteps, self.effects) = (rungIntervalSteps, effects)
    }
  }
}

extension Scenario.Source {
  /// The paths at which the image may be, best first, for a scenario in the absolute path `folder`.
  ///
  /// A guest's file is below `guestsFolder` if that is given (the environment's `REPRISE_GUESTS`), else in
  /// `.cache/guests` of `folder` or of the nearest folder above it that has one: where `Tools/guests` puts it. An image
  /// by its digest is in `imagesFolder` (`REPRISE_IMAGES`), else in `.cache/images` in the same way: where
  /// `reprise info --images` is told to put it.
  public func candidates(scenarioFolder folder: String, guestsFolder: String?, imagesFolder: String?) -> [String] {
    switch self {
    case .file(let path): ["\(folder)/\(path)"]
    case .guest(let guest, let file): Self.cached("guests", "\(guest)/\(file)", guestsFolder, folder)
    case .digest(let bytes): Self.cached("images", Self.name(ofDigest: bytes), imagesFolder, folder)
    }
  }

  /// The name of a file that is called by its digest.
  public static func name(ofDigest bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  private static func cached(_ kind: String, _ name: String, _ given: String?, _ folder: String) -> [String] {
    if let given { return ["\(given)/\(name)"] }
    var paths: [String] = []
    var parts = folder.split(separator: "/")
    while true {
      let above = parts.map { "/\($0)" }.joined()
      paths.append("\(above)/.cache/\(kind)/\(name)")
      if parts.popLast() == nil { return paths }
    }
  }
}
