internal import Archive
public import Backplane
internal import StateCoding
internal import Synchronization

/// The pages of all checkpoints, each content kept once, however many checkpoints have it and wherever in memory it
/// lies. Other threads compress them.
///
/// Contents are known by their XXH3-128 digests, as everywhere in Reprise.
public final class PageStore: Sendable {
  /// Bytes that a page takes besides its contents: the object, its place in the table, the headers of its array.
  static let overheadBytes = 192
  /// Pages handed to another thread at once.
  private static let batchPages = 256

  private let workers: any Workers
  private let plainByteCount: Int
  private let byteCountMax: Int
  private let total = Atomic<Int>(0)
  private let numbers = Atomic<UInt64>(0)
  // Looked up only, never gone through: its order differs between processes.
  private let known = Mutex<[Digest: WeakPage]>([:])
  private let waiting = Mutex(WaitingPages())

  /// An empty store; `workers` compress for it.
  /// - Parameters:
  ///   - plainByteCount: as long as no more bytes than these are in use, nothing is compressed.
  ///   - byteCountMax: with more bytes than these in use, a page is taken only when those before it are compressed.
  public init(workers: any Workers, plainByteCount: Int = 0, byteCountMax: Int = .max) {
    (self.workers, self.plainByteCount, self.byteCountMax) = (workers, plainByteCount, byteCountMax)
  }

  /// Bytes in use by pages, maps of pages and boards.
  public var byteCount: Int { total.load(ordering: .relaxed) }

  /// The page with these bytes, whose digest is known. The bytes are copied when they are new.
  func page(_ digest: Digest, _ bytes: UnsafeRawBufferPointer) -> PageContents {
    let (page, isNew) = known.withLock { known in
      if let page = known[digest]?.page { return (page, false) }
      let number = numbers.wrappingAdd(1, ordering: .relaxed).newValue
      let page = PageContents(digest: digest, number: number, bytes: Array(bytes), store: self)
      known[digest] = WeakPage(number: number, page: page)
      return (page, true)
    }
    if isNew { enqueue(page) }
    return page
  }

  /// Returns when all pages are compressed that can be.
  func settle() {
    submit(waiting.withLock { $0.takeAll() })
    workers.drain()
  }

  /// Notes that `bytes` more are in use, or fewer.
  func account(_ bytes: Int) { total.wrappingAdd(bytes, ordering: .relaxed) }

  /// Forgets a page that nobody has any more.
  func forget(_ digest: Digest, number: UInt64, byteCount: Int) {
    account(-byteCount)
    // A new page of the same contents may have taken its place already. Told by number: to hold a page in here could
    // make this the place that lets it go, which would come back here.
    known.withLock { if $0[digest]?.number == number { $0[digest] = nil } }
  }

  private func enqueue(_ page: PageContents) {
    let isFull = byteCount > plainByteCount
    let batch: [PageContents] = waiting.withLock { waiting in
      waiting.append(page)
      return isFull && waiting.count >= Self.batchPages ? waiting.takeAll() : []
    }
    submit(batch)
    if !batch.isEmpty, byteCount > byteCountMax { workers.drain() }
  }

  private func submit(_ batch: [PageContents]) {
    guard !batch.isEmpty else { return }
    workers.submit {
      let codec = PageCodec()
      for page in batch { page.compress(codec) }
    }
  }
}

/// Pages that are to be compressed, as long as anyone has them.
private struct WaitingPages {
  private var pages: [WeakPage] = []
  private var cleanedAt = 4096

  var count: Int { pages.count }

  mutating func append(_ page: PageContents) {
    pages.append(WeakPage(number: 0, page: page))
    guard pages.count >= cleanedAt else { return }
    pages.removeAll { $0.page == nil }
    cleanedAt = max(4096, 2 * pages.count)
  }

  mutating func takeAll() -> [PageContents] {
    defer { pages = [] }
    return pages.compactMap(\.page)
  }
}

private struct WeakPage {
  let number: UInt64
  weak var page: PageContents?
}

/// The contents of one page: as they are, or compressed.
final class PageContents: Sendable {
  private enum Form {
    case plain([UInt8])
    case packed([UInt8])

    var byteCount: Int {
      switch self {
      case .plain(let bytes), .packed(let bytes): bytes.count + PageStore.overheadBytes
      }
    }
  }

  let digest: Digest
  /// Tells it from any other page there ever was.
  let number: UInt64
  private let form: Mutex<Form>
  private let store: PageStore

  init(digest: Digest, number: UInt64, bytes: [UInt8], store: PageStore) {
    (self.digest, self.number, self.store) = (digest, number, store)
    form = Mutex(.plain(bytes))
    store.account(bytes.count + PageStore.overheadBytes)
  }

  deinit { store.forget(digest, number: number, byteCount: form.withLock { $0.byteCount }) }

  /// Copies the contents to `place`; false when they cannot be unpacked.
  func copy(to place: UnsafeMutableRawPointer, _ codec: PageCodec) -> Bool {
    switch form.withLock({ $0 }) {
    case .plain(let bytes):
      bytes.withUnsafeBytes { source in
        if let start = source.baseAddress { place.copyMemory(from: start, byteCount: source.count) }
      }
      return true
    case .packed(let bytes): return codec.unpack(bytes, into: place, count: Int(Memory.pageSize))
    }
  }

  /// Packs the contents, if that helps.
  func compress(_ codec: PageCodec) {
    guard case .plain(let bytes) = form.withLock({ $0 }), let packed = codec.pack(bytes) else { return }
    form.withLock { form in
      store.account(packed.count - bytes.count)
      form = .packed(packed)
    }
  }
}
