internal import FoundationEssentials

enum JSONText {
  /// `value` as one JSON document, keys sorted, the same bytes for the same value.
  static func document(_ value: some Encodable) -> String { encode(value, [.prettyPrinted]) }

  /// `value` as JSON on one line.
  static func line(_ value: some Encodable) -> String { encode(value, []) }

  /// Reads one JSON document.
  static func decode<Value: Decodable>(_ type: Value.Type, from bytes: [UInt8]) throws(JSONProblem) -> Value {
    do {
      return try JSONDecoder().decode(type, from: Data(bytes))
    } catch let error as DecodingError {
      throw JSONProblem(error)
    } catch {
      throw JSONProblem(description: "it is not JSON")
    }
  }

  private static func encode(_ value: some Encodable, _ formatting: JSONEncoder.OutputFormatting) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = formatting.union([.sortedKeys, .withoutEscapingSlashes])
    guard let data = try? encoder.encode(value) else { preconditionFailure("plain values can be encoded") }
    return String(decoding: data, as: UTF8.self)
  }
}

/// Why JSON cannot be read.
struct JSONProblem: Error, CustomStringConvertible {
  let description: String

  init(description: String) { self.description = description }

  init(_ error: DecodingError) {
    switch error {
    case .keyNotFound(let key, let context):
      description = "'\(Self.text(context.codingPath + [key]))' is missing"
    case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
      let path = Self.text(context.codingPath)
      description =
        if !path.isEmpty {
          "'\(path)' is not what it should be"
        } else if case .typeMismatch = error {
          "it is not what it should be"
        } else {
          "it is not JSON, or a number in it does not fit"
        }
    @unknown default: description = "it cannot be read"
    }
  }

  private static func text(_ path: [any CodingKey]) -> String {
    path.map { $0.intValue.map { "\($0)" } ?? Show.plain($0.stringValue) }.joined(separator: ".")
  }
}
