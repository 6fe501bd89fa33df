/// Canonical bytes of a state.
///
/// The encoding is positional: the fields of a structure in the order of their declaration, nothing between them, no
/// names. Integers are little-endian at their width, `Int` and `UInt` as 64 bits; a truth value is one byte, 0 or 1; an
/// array is its count as 64 bits and its elements; an optional value is one byte, 0 or 1, and the value when 1; a
/// string is its length in bytes as 64 bits and its UTF-8; an enumeration with a raw value is that value; any other
/// enumeration is the name of its case, as a string, and the payload. Equal states have equal bytes on every host.
public enum StateWriter {
  /// The canonical bytes of `state`.
  ///
  /// State types are the program's own, so one that holds what has no canonical bytes (floating point, a dictionary, a
  /// set) is a mistake in the program and stops it.
  public static func bytes<State: MachineState>(of state: State) -> [UInt8] {
    do {
      return try StateWalk.over(state, ByteSink()).bytes
    } catch {
      preconditionFailure("\(State.self) cannot be state: \(error)")
    }
  }

  /// The shape of `state`: one line `path: type` for each field, in the order of the bytes.
  ///
  /// Arrays are described by their first element and optional values by what is there, so the shape of a type is
  /// that of a fresh value of it. It is what a change of the state's layout shows in.
  public static func shape<State: MachineState>(of state: State) -> String {
    var lines: [String] = []
    StateNode.tree(of: state).describe("", into: &lines)
    return lines.map { $0 + "\n" }.joined()
  }
}

/// Collects canonical bytes.
struct ByteSink: StateSink {
  var bytes: [UInt8] = []
  var progress: Int { bytes.count }

  mutating func enter<Key: CodingKey>(_ key: Key) {}
  mutating func enter(index: Int) {}
  mutating func leave() {}
  mutating func note(_ type: Any.Type) {}

  mutating func number<Number: FixedWidthInteger>(_ value: Number) {
    withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
  }

  mutating func flag(_ value: Bool) { bytes.append(value ? 1 : 0) }

  mutating func text(_ value: String) {
    number(UInt64(value.utf8.count))
    bytes.append(contentsOf: value.utf8)
  }

  mutating func array(count: Int) { number(UInt64(count)) }

  mutating func numbers<Number: FixedWidthInteger & UnsignedInteger>(_ values: [Number]) {
    array(count: values.count)
    #if _endian(little)
      values.withUnsafeBytes { bytes.append(contentsOf: $0) }
    #else
      for value in values { number(value) }
    #endif
  }

  mutating func presence(_ isPresent: Bool) { flag(isPresent) }
  mutating func choice<Key: CodingKey>(_ key: Key) { text(key.stringValue) }
}
