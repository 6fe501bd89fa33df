internal import Backplane

extension WhySubject {
  /// The most bytes that can be asked about at once.
  public static let byteCountMax: UInt64 = 4096

  /// What `text` means where `target` stands: a register, or `ADDRESS[:BYTES]` or `SYMBOL[+OFFSET][:BYTES]`.
  /// - Throws: `DebugProblem` when there is no such thing.
  public init(_ text: String, in target: any DebugTarget, hart: Int) throws {
    let name = text.hasPrefix("$") ? String(text.dropFirst()) : text
    if let register = target.register(named: name)
      ?? RegisterDescription.Role(rawValue: name).flatMap({ target.register(of: $0) })
    {
      if register.role == .programCounter { throw DebugProblem("pc changes with every step") }
      self = .register(register)
      return
    }
    let parts = name.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    let count = parts.count == 2 ? Monitor.number(parts[1]) : 8
    guard let count, (1...Self.byteCountMax).contains(count) else {
      throw DebugProblem("'\(parts[1])' is not 1 to 4096 bytes")
    }
    self = .memory(try Self.pieces(of: Self.address(parts[0], target), count, target, hart: hart))
  }

  private static func address(_ text: Substring, _ target: any DebugTarget) throws -> UInt64 {
    if let number = Monitor.number(text) { return number }
    guard let sign = text.lastIndex(of: "+"), let offset = Monitor.number(text[text.index(after: sign)...]) else {
      return try target.address(of: String(text))
    }
    return try target.address(of: String(text[..<sign])) &+ offset
  }

  private static func pieces(
    of address: UInt64, _ count: UInt64, _ target: any DebugTarget, hart: Int
  ) throws -> [MemoryPiece] {
    var pieces: [MemoryPiece] = []
    var done: UInt64 = 0
    while done < count {
      let (place, overflow) = address.addingReportingOverflow(done)
      guard !overflow, let physical = target.translate(place, hart: hart) else {
        throw DebugProblem("\(Monitor.hexadecimal(place)) does not translate here")
      }
      let length = min(count - done, Memory.pageSize - place % Memory.pageSize)
      guard target.memory(physical, count: Int(length)) != nil else {
        throw DebugProblem("\(Monitor.hexadecimal(place)) is not memory")
      }
      pieces.append(MemoryPiece(virtualAddress: place, physicalAddress: physical, byteCount: Int(length)))
      done += length
    }
    return pieces
  }
}
