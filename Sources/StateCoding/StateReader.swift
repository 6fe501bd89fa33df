/// Why bytes are not the state they should be, and where.
public struct StateError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The offset in bytes at which reading stopped.
  public let offset: Int
  /// The field that was being read, such as `uart.received[3]`; empty for the state as a whole.
  public let path: String
  /// What is wrong there.
  public let problem: Problem

  /// What can be wrong.
  public enum Problem: Hashable, Sendable {
    /// The bytes end inside a value.
    case truncated
    /// Bytes are left after the last field.
    case excess(count: Int)
    /// A count is larger than the bytes that are left can hold.
    case count(UInt64)
    /// A truth value or an optional's mark is neither 0 nor 1.
    case notFlag(UInt8)
    /// A string is not UTF-8.
    case notText
    /// The value cannot occur: what is wrong with it.
    case invalid(String)
    /// Values are nested deeper than any state is.
    case depth
    /// The type holds what has no canonical bytes.
    case refused(String)
  }

  /// An error at `offset` in the field `path`.
  public init(offset: Int, path: String, problem: Problem) {
    (self.offset, self.path, self.problem) = (offset, path, problem)
  }

  /// One sentence with the offset and the path in front.
  public var description: String {
    let what =
      switch problem {
      case .truncated: "the bytes end inside a value"
      case .excess(let count): "\(count) bytes too many"
      case .count(let count): "a count of \(count) is more than the bytes hold"
      case .notFlag(let byte): "a flag is \(byte), not 0 or 1"
      case .notText: "a string is not UTF-8"
      case .invalid(let reason), .refused(let reason): reason
      case .depth: "values are nested too deep"
      }
    return "offset \(offset)\(path.isEmpty ? "" : ", \(path)"): \(what)"
  }
}

/// A part of the state whose fields can hold values that its own code never gives them. `StateReader` refuses those, so
/// that bytes from a damaged file cannot become a machine that stops the program.
public protocol SelfChecking {
  /// What is wrong with this value, or `nil` when it may occur.
  var fault: String? { get }
}

/// Turns canonical bytes back into a state.
public enum StateReader {
  /// The state whose canonical bytes are `bytes`; see `StateWriter`.
  ///
  /// The bytes are not trusted: every length is bounded by what is there, and only canonical bytes are taken.
  /// - Throws: `StateError` with the offset and the field at fault.
  public static func decode<State: MachineState>(_ type: State.Type, from bytes: [UInt8]) throws(StateError) -> State {
    let cursor = StateCursor(bytes)
    do {
      let state = try cursor.visit(type)
      if cursor.remaining > 0 { throw cursor.error(.excess(count: cursor.remaining)) }
      return state
    } catch let error as StateError {
      throw error
    } catch {
      throw cursor.error(.invalid("\(error)"))
    }
  }
}

/// The place in the bytes that a decoding has reached.
final class StateCursor: Decoder {
  private static let deepest = 64

  private let bytes: [UInt8]
  private var offset = 0
  private var path: [PathPart] = []
  private var depth = 0

  var codingPath: [any CodingKey] { [] }
  var userInfo: [CodingUserInfoKey: Any] { [:] }
  var remaining: Int { bytes.count - offset }

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// A value of `type`, read here.
  func visit<Value: Decodable>(_ type: Value.Type) throws -> Value {
    guard let value = try anything(type) as? Value else { preconditionFailure("a value of another type was read") }
    return value
  }

  private func anything<Value: Decodable>(_ type: Value.Type) throws -> Any {
    if type == Bool.self { return try flag() }
    if type == UInt8.self { return try number(UInt8.self) }
    if type == UInt16.self { return try number(UInt16.self) }
    if type == UInt32.self { return try number(UInt32.self) }
    if type == UInt64.self { return try number(UInt64.self) }
    if type == Int8.self { return try number(Int8.self) }
    if type == Int16.self { return try number(Int16.self) }
    if type == Int32.self { return try number(Int32.self) }
    if type == Int64.self { return try number(Int64.self) }
    if type == Int.self { return Int(truncatingIfNeeded: try number(Int64.self)) }
    if type == UInt.self { return UInt(truncatingIfNeeded: try number(UInt64.self)) }
    if type == String.self { return try text() }
    if type == [UInt8].self { return try byteArray() }
    if type == [UInt64].self { return try numbers(UInt64.self) }
    if type == [UInt32].self { return try numbers(UInt32.self) }
    if type == [UInt16].self { return try numbers(UInt16.self) }
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.deepest else { throw error(.depth) }
    if let container = type as? any StateContainer.Type { return try container.read(from: self) }
    if type == Float.self || type == Double.self { throw error(.refused("floating point is not state")) }
    let value: Value
    do {
      value = try Value(from: self)
    } catch is DecodingError {
      throw error(.invalid("no such \(type)"))
    }
    if let fault = (value as? any SelfChecking)?.fault { throw error(.invalid(fault)) }
    return value
  }

  /// An integer.
  func number<Number: FixedWidthInteger>(_ type: Number.Type) throws -> Number {
    let size = Number.bitWidth / 8
    guard remaining >= size else { throw error(.truncated) }
    defer { offset += size }
    return bytes.withUnsafeBytes { Number(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: Number.self)) }
  }

  /// A truth value.
  func flag() throws -> Bool {
    let byte = try number(UInt8.self)
    guard byte <= 1 else { throw error(.notFlag(byte)) }
    return byte == 1
  }

  /// A count of elements that take at least `elementSize` bytes each.
  func count(elementSize: Int) throws -> Int {
    let count = try number(UInt64.self)
    guard count <= UInt64(remaining / elementSize) else { throw error(.count(count)) }
    return Int(count)
  }

  /// A string.
  func text() throws -> String {
    let count = try count(elementSize: 1)
    guard let text = String(validating: bytes[offset..<offset + count], as: UTF8.self) else { throw error(.notText) }
    offset += count
    return text
  }

  /// A whole array of bytes.
  private func byteArray() throws -> [UInt8] {
    let count = try count(elementSize: 1)
    defer { offset += count }
    return Array(bytes[offset..<offset + count])
  }

  /// A whole array of unsigned integers.
  private func numbers<Number: FixedWidthInteger>(_ type: Number.Type) throws -> [Number] {
    let count = try count(elementSize: Number.bitWidth / 8)
    var values: [Number] = []
    values.reserveCapacity(count)
    for _ in 0..<count { values.append(try number(type)) }
    return values
  }

  /// Reads the field `key`. The path is left as it is when reading fails, for the error to name.
  func field<Value>(_ key: some CodingKey, _ read: () throws -> Value) throws -> Value {
    path.append(.field(key.stringValue))
    let value = try read()
    path.removeLast()
    return value
  }

  /// Reads element `index`.
  func element<Value>(_ index: Int, _ read: () throws -> Value) throws -> Value {
    path.append(.element(index))
    let value = try read()
    path.removeLast()
    return value
  }

  /// The name of an enumeration's case, without moving on.
  func peekText() -> String? {
    let start = offset
    defer { offset = start }
    return try? text()
  }

  /// An error at this place.
  func error(_ problem: StateError.Problem) -> StateError {
    StateError(offset: offset, path: PathPart.joined(path), problem: problem)
  }

  func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
    KeyedDecodingContainer(KeyedReading<Key>(cursor: self))
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
    throw error(.refused("only arrays may hold a number of values"))
  }

  func singleValueContainer() throws -> any SingleValueDecodingContainer { PlainReading(cursor: self) }
}

/// The fields of a structure, or the case of an enumeration with payloads, or the values of that payload.
private struct KeyedReading<Key: CodingKey>: KeyedDecodingContainerProtocol {
  let cursor: StateCursor
  var codingPath: [any CodingKey] { [] }

  /// Asked by enumerations only: the one case that is written here, or none when there is no such case.
  var allKeys: [Key] {
    guard let name = cursor.peekText(), let key = Key(stringValue: name) else { return [] }
    return [key]
  }

  func contains(_ key: Key) -> Bool { true }

  func nestedContainer<NestedKey: CodingKey>(
    keyedBy type: NestedKey.Type, forKey key: Key
  ) throws -> KeyedDecodingContainer<NestedKey> {
    _ = try cursor.text()
    return KeyedDecodingContainer(KeyedReading<NestedKey>(cursor: cursor))
  }

  func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
    try cursor.unkeyedContainer()
  }

  func superDecoder() throws -> any Decoder { throw cursor.error(.refused("a class is not state")) }
  func superDecoder(forKey key: Key) throws -> any Decoder { try superDecoder() }
  func decodeNil(forKey key: Key) throws -> Bool { throw cursor.error(.refused("a bare nil has no type")) }

  func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
    try cursor.field(key) { try cursor.visit(type) }
  }

  private func optional<Value: Decodable>(_ type: Value.Type, _ key: Key) throws -> Value? {
    try cursor.field(key) { try cursor.flag() ? try cursor.visit(type) : nil }
  }

  func decodeIfPresent<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value? {
    try optional(type, key)
  }

  // See `KeyedWalk`: the protocol's own answers would look for a nil of no type.
  func decodeIfPresent(_ type: Bool.Type, forKey key: Key) throws -> Bool? { try optional(type, key) }
  func decodeIfPresent(_ type: String.Type, forKey key: Key) throws -> String? { try optional(type, key) }
  func decodeIfPresent(_ type: Double.Type, forKey key: Key) throws -> Double? { try optional(type, key) }
  func decodeIfPresent(_ type: Float.Type, forKey key: Key) throws -> Float? { try optional(type, key) }
  func decodeIfPresent(_ type: Int.Type, forKey key: Key) throws -> Int? { try optional(type, key) }
  func decodeIfPresent(_ type: Int8.Type, forKey key: Key) throws -> Int8? { try optional(type, key) }
  func decodeIfPresent(_ type: Int16.Type, forKey key: Key) throws -> Int16? { try optional(type, key) }
  func decodeIfPresent(_ type: Int32.Type, forKey key: Key) throws -> Int32? { try optional(type, key) }
  func decodeIfPresent(_ type: Int64.Type, forKey key: Key) throws -> Int64? { try optional(type, key) }
  func decodeIfPresent(_ type: UInt.Type, forKey key: Key) throws -> UInt? { try optional(type, key) }
  func decodeIfPresent(_ type: UInt8.Type, forKey key: Key) throws -> UInt8? { try optional(type, key) }
  func decodeIfPresent(_ type: UInt16.Type, forKey key: Key) throws -> UInt16? { try optional(type, key) }
  func decodeIfPresent(_ type: UInt32.Type, forKey key: Key) throws -> UInt32? { try optional(type, key) }
  func decodeIfPresent(_ type: UInt64.Type, forKey key: Key) throws -> UInt64? { try optional(type, key) }
}

/// One value.
private struct PlainReading: SingleValueDecodingContainer {
  let cursor: StateCursor
  var codingPath: [any CodingKey] { [] }

  func decodeNil() -> Bool { false }
  func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try cursor.visit(type) }
}
