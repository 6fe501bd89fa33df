public import VirtualTime

/// A page of guest memory whose content is not as at power-on.
public struct PageReference: Hashable, Sendable {
  /// In place of the number of a content: all bytes of the page are zero.
  public static let zeroPage = UInt32.max

  /// Which page of 4 KiB of guest memory, from 0.
  public var page: UInt32
  /// The number of its content among those of the file, or `zeroPage`.
  public var content: UInt32

  /// Page `page`, whose content has the number `content`.
  public init(page: UInt32, content: UInt32) { (self.page, self.content) = (page, content) }
}

/// The whole machine at a moment, as checkpoints and snapshots hold it: the board, and how memory differs from what it
/// is at power-on.
///
/// The trace vouches for nothing but its own order. Whether the board's bytes can be decoded, whether the pages are
/// inside memory, and whether the digest is right, is for whoever restores the machine to check.
public struct CheckpointRecord: Equatable, Sendable {
  /// When.
  public var moment: Moment
  /// The digest of the whole machine.
  public var digest: TraceDigest
  /// A digest of the shape of the board's state. A board of another shape cannot be restored from `board`.
  public var shape: TraceDigest
  /// The board in canonical bytes.
  public var board: [UInt8]
  /// The pages that are not as at power-on, in strictly ascending order.
  public var pages: [PageReference]

  /// A machine at a moment.
  public init(moment: Moment, digest: TraceDigest, shape: TraceDigest, board: [UInt8], pages: [PageReference]) {
    (self.moment, self.digest, self.shape) = (moment, digest, shape)
    (self.board, self.pages) = (board, pages)
  }

  /// The numbers of all contents that `pages` refer to, zero pages aside: ascending, each once.
  public var contentNumbers: [UInt32] {
    var numbers = pages.compactMap { $0.content == PageReference.zeroPage ? nil : $0.content }
    numbers.sort()
    var next = 0
    for number in numbers where next == 0 || numbers[next - 1] != number {
      numbers[next] = number
      next += 1
    }
    numbers.removeSubrange(next...)
    return numbers
  }
}

/// What a trace is a part of, and where it starts.
public struct TraceOrigin: Hashable, Sendable {
  /// How the trace came to be.
  public enum Kind: UInt8, Hashable, Sendable, CaseIterable {
    /// A stretch cut out of its parent.
    case cut = 1
    /// Another future: it is as its parent up to `parentMoment`, and then goes its own way.
    case fork = 2
    /// The recent past of a recording that kept no more.
    case flightRecorder = 3
  }

  /// How the trace came to be.
  public var kind: Kind
  /// The `TraceReader.identity` of the trace it was made from; `nil` when there was none.
  public var parent: TraceDigest?
  /// The moment of the parent at which this trace leaves it; power-on when there is no parent.
  public var parentMoment: Moment
  /// The first moment of this trace. Steps and cycles are counted from power-on all the same.
  public var start: Moment

  /// An origin. A trace that starts later than at power-on has a snapshot of that moment.
  public init(kind: Kind, parent: TraceDigest? = nil, parentMoment: Moment = .zero, start: Moment = .zero) {
    (self.kind, self.parent, self.parentMoment, self.start) = (kind, parent, parentMoment, start)
  }
}
