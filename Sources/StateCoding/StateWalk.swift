/// What a walk over a state tells, in the order in which the state's fields are declared.
protocol StateSink {
  /// The walk enters the field or payload value `key`.
  mutating func enter<Key: CodingKey>(_ key: Key)
  /// The walk enters element `index` of an array.
  mutating func enter(index: Int)
  /// The walk leaves what it entered last.
  mutating func leave()
  /// What was entered last is a value of this type; told of fields and of elements.
  mutating func note(_ type: Any.Type)

  /// An integer.
  mutating func number<Number: FixedWidthInteger>(_ value: Number)
  /// A truth value.
  mutating func flag(_ value: Bool)
  /// A string.
  mutating func text(_ value: String)
  /// An array with `count` elements begins; each is entered by index.
  mutating func array(count: Int)
  /// A whole array of unsigned integers.
  mutating func numbers<Number: FixedWidthInteger & UnsignedInteger>(_ values: [Number])
  /// Whether an optional value is there; its value follows when it is.
  mutating func presence(_ isPresent: Bool)
  /// The case of an enumeration; its payload follows.
  mutating func choice<Key: CodingKey>(_ key: Key)

  /// How much has been told: grows whenever anything but `enter`, `leave` and `note` is called.
  var progress: Int { get }
}

/// The walk: an encoder that turns the calls of synthesised `encode(to:)` into calls of a sink.
///
/// It takes what synthesised conformances produce and refuses everything else: floating point, dictionaries, sets,
/// class hierarchies.
final class StateWalk<Sink: StateSink>: Encoder {
  var sink: Sink
  /// The first thing refused where the encoder protocol cannot throw.
  private var refusal: StateError?

  var codingPath: [any CodingKey] { [] }
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  init(_ sink: Sink) { self.sink = sink }

  /// Walks over `state` and returns the sink that was told of it.
  static func over<State: Encodable>(_ state: State, _ sink: Sink) throws(StateError) -> Sink {
    let walk = StateWalk(sink)
    do {
      try walk.visit(state)
    } catch let error as StateError {
      throw error
    } catch {
      throw StateError(offset: walk.sink.progress, path: "", problem: .refused("\(error)"))
    }
    if let refusal = walk.refusal { throw refusal }
    return walk.sink
  }

  /// Tells the sink of `value`. Unsigned and signed integers of each width come first: in specialised code all but one
  /// of the comparisons disappear.
  func visit<Value: Encodable>(_ value: Value) throws {
    if let flag = identity(value, Bool.self) { return sink.flag(flag) }
    if let number = identity(value, UInt8.self) { return sink.number(number) }
    if let number = identity(value, UInt16.self) { return sink.number(number) }
    if let number = identity(value, UInt32.self) { return sink.number(number) }
    if let number = identity(value, UInt64.self) { return sink.number(number) }
    if let number = identity(value, Int8.self) { return sink.number(number) }
    if let number = identity(value, Int16.self) { return sink.number(number) }
    if let number = identity(value, Int32.self) { return sink.number(number) }
    if let number = identity(value, Int64.self) { return sink.number(number) }
    if let number = identity(value, Int.self) { return sink.number(Int64(number)) }
    if let number = identity(value, UInt.self) { return sink.number(UInt64(number)) }
    if let text = identity(value, String.self) { return sink.text(text) }
    if let numbers = identity(value, [UInt8].self) { return sink.numbers(numbers) }
    if let numbers = identity(value, [UInt16].self) { return sink.numbers(numbers) }
    if let numbers = identity(value, [UInt32].self) { return sink.numbers(numbers) }
    if let numbers = identity(value, [UInt64].self) { return sink.numbers(numbers) }
    if let container = Value.self as? any StateContainer.Type { return try container.write(value, to: self) }
    if Value.self == Float.self || Value.self == Double.self { return refuse("floating point is not state") }
    try value.encode(to: self)
  }

  /// Notes that the state holds something that has no canonical bytes.
  func refuse(_ reason: String) {
    guard refusal == nil else { return }
    refusal = StateError(offset: sink.progress, path: "", problem: .refused(reason))
  }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
    // Synthesised keys have names only. Keys that can be any number belong to a dictionary.
    if Key(intValue: 0) != nil { refuse("a dictionary has no order") }
    return KeyedEncodingContainer(KeyedWalk<Key, Sink>(walk: self))
  }

  func unkeyedContainer() -> any UnkeyedEncodingContainer {
    refuse("only arrays may hold a number of values")
    return PlainWalk(walk: self)
  }

  func singleValueContainer() -> any SingleValueEncodingContainer { PlainWalk(walk: self) }
}

/// `value` when its type is exactly `type`. Unlike `as?`, which looks at every element of an array, this costs nothing.
@inline(__always)
private func identity<Value, Same>(_ value: Value, _ type: Same.Type) -> Same? {
  Value.self == type ? unsafeBitCast(value, to: type) : nil
}

/// The fields of a structure, or the case of an enumeration with payloads, or the values of that payload.
private struct KeyedWalk<Key: CodingKey, Sink: StateSink>: KeyedEncodingContainerProtocol {
  let walk: StateWalk<Sink>
  var codingPath: [any CodingKey] { [] }

  private func field<Value: Encodable>(_ value: Value, _ key: Key) throws {
    walk.sink.enter(key)
    walk.sink.note(Value.self)
    try walk.visit(value)
    walk.sink.leave()
  }

  private func optionalField<Value: Encodable>(_ value: Value?, _ key: Key) throws {
    walk.sink.enter(key)
    walk.sink.note(Value?.self)
    walk.sink.presence(value != nil)
    if let value { try walk.visit(value) }
    walk.sink.leave()
  }

  func nestedContainer<NestedKey: CodingKey>(
    keyedBy keyType: NestedKey.Type, forKey key: Key
  ) -> KeyedEncodingContainer<NestedKey> {
    walk.sink.choice(key)
    return KeyedEncodingContainer(KeyedWalk<NestedKey, Sink>(walk: walk))
  }

  func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer { walk.unkeyedContainer() }

  func superEncoder() -> any Encoder {
    walk.refuse("a class is not state")
    return walk
  }

  func superEncoder(forKey key: Key) -> any Encoder { superEncoder() }
  func encodeNil(forKey key: Key) { walk.refuse("a bare nil has no type") }

  func encode<Value: Encodable>(_ value: Value, forKey key: Key) throws { try field(value, key) }
  func encodeIfPresent<Value: Encodable>(_ value: Value?, forKey key: Key) throws { try optionalField(value, key) }

  // The encoder protocol has one requirement for each of these types, and gives those for optionals a default that
  // would leave out the absence. So each is written out.
  func encodeIfPresent(_ value: Bool?, forKey key: Key) throws { try optionalField(value, key) }
  func encodeIfPresent(_ value: String?, forKey key: Key) throws { try optionalField(value, key) }
  func encodeIfPresent(_ value: Double?, forKey key: Key) throws { try optionalField(value, key) }
  func encodeIfPresent(_ value: Float?, forKey key: Key) throws { try optionalField(value, key) }
  func encodeIfPresent(_ value: Int?, forKey key: Key) throws { try optionalField(value, key) }
  func encodeIfPresent(_ value: Int8?, forKey key: Key) throws { try optionalField(value, key) }
  func encodeIfPresent(_ value: Int16?, forKey key: Key) throws { try optionalField(value, key) }
  func encodeIfPresent(_ value: Int32?, forKey key: Key) throws { try optionalField(value, key) }
  func encodeIfPresent(_ value: Int64?, forKey key: Key) throws { try optionalField(value, key) }
  func encodeIfPresent(_ value: UInt?, forKey key: Key) throws { try optionalField(value, key) }
  func encodeIfPresent(_ value: UInt8?, forKey key: Key) throws { try optionalField(value, key) }
  func encodeIfPresent(_ value: UInt16?, forKey key: Key) throws { try optionalField(value, key) }
  func encodeIfPresent(_ value: UInt32?, forKey key: Key) throws { try optionalField(value, key) }
  func encodeIfPresent(_ value: UInt64?, forKey key: Key) throws { try optionalField(value, key) }
}

/// One value; also stands in for the list of values that the walk has refused.
private struct PlainWalk<Sink: StateSink>: SingleValueEncodingContainer, UnkeyedEncodingContainer {
  let walk: StateWalk<Sink>
  var codingPath: [any CodingKey] { [] }
  var count: Int { 0 }

  func encode<Value: Encodable>(_ value: Value) throws { try walk.visit(value) }
  func encodeNil() { walk.refuse("a bare nil has no type") }

  func nestedContainer<NestedKey: CodingKey>(
    keyedBy keyType: NestedKey.Type
  ) -> KeyedEncodingContainer<NestedKey> { walk.container(keyedBy: keyType) }

  func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { walk.unkeyedContainer() }
  func superEncoder() -> any Encoder { walk }
}

/// The containers a state may hold besides structures and enumerations: arrays and optional values.
protocol StateContainer {
  /// Tells the walk of `value`, which is of this type.
  static func write<Sink: StateSink>(_ value: Any, to walk: StateWalk<Sink>) throws
  /// Reads a value of this type.
  static func read(from cursor: StateCursor) throws -> Any
}

extension Array: StateContainer where Element: Codable {
  static func write<Sink: StateSink>(_ value: Any, to walk: StateWalk<Sink>) throws {
    guard let array = value as? Self else { preconditionFailure("an array of another type") }
    walk.sink.array(count: array.count)
    for index in array.indices {
      let progress = walk.sink.progress
      walk.sink.enter(index: index)
      walk.sink.note(Element.self)
      try walk.visit(array[index])
      walk.sink.leave()
      // A reader bounds the count by the bytes that are left, so every element must have some.
      if walk.sink.progress == progress { return walk.refuse("the elements of \(Self.self) hold nothing") }
    }
  }

  static func read(from cursor: StateCursor) throws -> Any {
    let count = try cursor.count(elementSize: 1)
    var array = Self()
    for index in 0..<count { array.append(try cursor.element(index) { try cursor.visit(Element.self) }) }
    return array
  }
}

extension Optional: StateContainer where Wrapped: Codable {
  static func write<Sink: StateSink>(_ value: Any, to walk: StateWalk<Sink>) throws {
    guard let optional = value as? Self else { preconditionFailure("an optional of another type") }
    walk.sink.presence(optional != nil)
    if let wrapped = optional { try walk.visit(wrapped) }
  }

  static func read(from cursor: StateCursor) throws -> Any {
    let value: Self = try cursor.flag() ? try cursor.visit(Wrapped.self) : nil
    return value as Any
  }
}
