internal import CPages

/// Memory for generated code, written at one address and executed at another. Places in it are distances from its
/// start, the same in both. The part below `coldStart` is for what runs often, the part from there for what does not.
struct CodeMemory {
  private let pages: code_pages
  let byteCount: Int
  let writable: UnsafeMutablePointer<UInt8>
  let executable: UInt
  let coldStart: Int
  /// Where the next code goes.
  var hotNext: Int
  var coldNext: Int

  /// - Returns: `nil` when the host has no executable memory, or refuses it.
  init?(byteCount: Int) {
    let pages = code_pages_make(byteCount)
    guard let writable = pages.writable, let executable = pages.executable else { return nil }
    self.pages = pages
    self.byteCount = byteCount
    self.writable = writable.bindMemory(to: UInt8.self, capacity: byteCount)
    self.executable = UInt(bitPattern: executable)
    coldStart = byteCount / 8 * 5
    (hotNext, coldNext) = (0, coldStart)
  }

  func release() { code_pages_release(pages, byteCount) }

  /// Whether there is room for so many bytes in both parts.
  func hasRoom(hot: Int, cold: Int) -> Bool { hotNext + hot <= coldStart && coldNext + cold <= byteCount }

  /// Starts again at `hotStart`; what was there is not executed any more.
  mutating func reset(hotStart: Int) {
    (hotNext, coldNext) = (hotStart, coldStart)
    code_pages_renewed(pages, byteCount)
  }
}
