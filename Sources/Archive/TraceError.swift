public import VirtualTime

/// Why a trace cannot be read, or which part of it cannot: where, what was found, and what to do.
public struct TraceError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What is wrong.
  public enum Problem: Hashable, Sendable {
    /// The file does not begin as a trace does.
    case notATrace
    /// The file is in a format newer than this reader's.
    case newerFormat(found: UInt32, known: UInt32)
    /// A section's payload is newer than this reader's.
    case newerSection(found: UInt16, known: UInt16)
    /// A section that a reader must understand has a kind this reader does not know.
    case unknownCriticalSection(kind: UInt16)
    /// The file ends too soon.
    case truncated
    /// Bytes are not what was written.
    case damaged
    /// Sections or records are not in order.
    case outOfOrder
    /// Parts of the trace contradict one another: something is missing or was exchanged.
    case inconsistent
    /// More than this reader agrees to hold.
    case tooLarge
  }

  /// What is wrong.
  public let problem: Problem
  /// The offset in the file of the part that is wrong.
  public let offset: Int
  /// The kind of the section, where it is known.
  public let section: SectionKind?
  /// The sequence number of the section, where it is known.
  public let sequence: UInt32?
  /// The first step the section covers, where it is known.
  public let step: Step?
  /// What was found there.
  public let found: String

  init(_ problem: Problem, at offset: Int, found: String) {
    (self.problem, self.offset, self.found) = (problem, offset, found)
    (section, sequence, step) = (nil, nil, nil)
  }

  init(_ problem: Problem, in section: Section, found: String) {
    (self.problem, offset, self.found) = (problem, section.offset, found)
    (self.section, sequence) = (section.head.kind, section.head.sequence)
    step =
      section.head.kind.map { $0.isOrderedInTime || $0.isOfOneMoment } == true
      ? section.head.first.step : nil
  }

  /// The exit status of a command that ends with this error: 65, damaged or foreign trace.
  public var exitStatus: Int32 { 65 }

  /// One sentence for what and where, one for what to do.
  public var description: String {
    var place = "offset \(offset)"
    if let sequence { place += ", section \(sequence)" }
    if let section { place += " (\(section.name))" }
    if let step { place += ", from step \(step.count)" }
    return "\(summary): \(found) (\(place)). \(advice)"
  }

  private var summary: String {
    switch problem {
    case .notATrace: "not a trace"
    case .newerFormat(let found, let known):
      "trace format \(found) is newer than \(known), the newest this release reads"
    case .newerSection(let found, let known):
      "section version \(found) is newer than \(known), the newest this release reads"
    case .unknownCriticalSection(let kind): "section kind \(kind) is needed to replay and not known to this release"
    case .truncated: "truncated trace"
    case .damaged: "damaged trace"
    case .outOfOrder: "trace out of order"
    case .inconsistent: "trace contradicts itself"
    case .tooLarge: "trace too large"
    }
  }

  /// What to do next.
  public var advice: String {
    switch problem {
    case .notATrace: "Name a file that `reprise record` wrote."
    case .newerFormat, .newerSection, .unknownCriticalSection: "Read it with the release of Reprise that wrote it."
    case .truncated: "`reprise info` shows how far the trace is whole; to have all of it, run `reprise record` again."
    case .damaged, .outOfOrder, .inconsistent:
      "Fetch the file again from where it came, or run `reprise record` again; `reprise info` lists what is damaged."
    case .tooLarge: "If the trace can be trusted, look at a part of it with `reprise log`."
    }
  }
}
