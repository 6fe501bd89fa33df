/// What a section of a trace holds. Closed: a number that is not here is an unknown section.
///
/// Source: `Documentation/TraceFormat.md`, "Section kinds". The numbers are promised for ever.
public enum SectionKind: UInt16, Hashable, Sendable, CaseIterable {
  /// What the run starts from.
  case header = 1
  /// Part of an embedded image.
  case image = 2
  /// What entered the machine: the causes.
  case inputs = 3
  /// What the machine did: recomputed by every run.
  case effects = 4
  /// Digests of the whole machine.
  case ladder = 5
  /// The machine at a moment: a cache.
  case checkpoint = 6
  /// Named moments.
  case marks = 7
  /// The heads of all sections before it: a cache.
  case index = 8
  /// Where and why the run ended.
  case end = 9
  /// Where the file came from: never part of a digest.
  case provenance = 10
  /// Contents of pages, which checkpoints refer to: a cache.
  case pages = 11
  /// What the trace is a part of, and where it starts.
  case origin = 12
  /// Contents of pages, which the snapshot refers to.
  case snapshotPages = 13
  /// The machine at the start, when that is not power-on.
  case snapshot = 14

  /// Whether a reader must understand the section, and must find it whole, to replay the run.
  public var isCritical: Bool {
    switch self {
    case .header, .image, .inputs, .ladder, .end, .origin, .snapshotPages, .snapshot: true
    case .effects, .checkpoint, .marks, .index, .provenance, .pages: false
    }
  }

  /// The newest version of the section's payload that this reader knows.
  public var knownVersion: UInt16 { 1 }

  /// The most bytes a payload may have when it is not compressed.
  public var maximumPayloadByteCount: Int {
    switch self {
    case .header, .marks: 1 << 20
    case .end, .provenance, .origin: 1 << 16
    case .image, .inputs, .effects, .ladder, .checkpoint, .snapshot: 1 << 24
    case .pages, .snapshotPages: PageBlock.maximumPageCount * PageBlock.pageByteCount
    // A reader also refuses an index larger than the file before it, which no index can be.
    case .index: Int(UInt32.max)
    }
  }

  /// The most records a payload may hold.
  public var maximumItemCount: Int {
    switch self {
    case .header, .end, .checkpoint, .origin, .snapshot: 1
    case .image: ImagePart.maximumByteCount
    case .inputs: 1 << 16
    case .effects, .ladder: 1 << 18
    case .marks, .provenance: 1 << 12
    case .pages, .snapshotPages: PageBlock.maximumPageCount
    case .index: Int(UInt32.max)
    }
  }

  /// Whether the sections of this kind follow one another in time.
  var isOrderedInTime: Bool { self == .inputs || self == .effects || self == .ladder }

  /// Whether a section of this kind is of one moment, which its head has twice.
  var isOfOneMoment: Bool { self == .checkpoint || self == .origin || self == .snapshot || self == .end }

  /// The name used in messages and listings.
  public var name: String {
    switch self {
    case .header: "header"
    case .image: "image"
    case .inputs: "inputs"
    case .effects: "effects"
    case .ladder: "ladder"
    case .checkpoint: "checkpoint"
    case .marks: "marks"
    case .index: "index"
    case .end: "end"
    case .provenance: "provenance"
    case .pages: "pages"
    case .origin: "origin"
    case .snapshotPages: "snapshot-pages"
    case .snapshot: "snapshot"
    }
  }
}

/// Part of an embedded image, as one section holds it.
enum ImagePart {
  /// The most bytes of an image in one section: large enough to compress well, small enough to hold while unpacking.
  static let maximumByteCount = 1 << 23
}
