internal import FoundationEssentials

enum JSONText {
  /// `value` as one JSON document, keys sorted, the same bytes for the same value.
  static func document(_ value: some Encodable) -> String { encode(value, [.prettyPrinted]) }

  /// `value` as JSON on one line.
  static func line(_ value: some Encodable) -> String { encode(value, []) }

  private static func encode(_ value: some Encodable, _ formatting: JSONEncoder.OutputFormatting) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = formatting.union([.sortedKeys, .withoutEscapingSlashes])
    guard let data = try? encoder.encode(value) else { preconditionFailure("plain values can be encoded") }
    return String(decoding: data, as: UTF8.self)
  }
}
