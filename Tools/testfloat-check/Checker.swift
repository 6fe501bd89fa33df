import SoftFloat

/// One line of `testfloat_gen`'s output: operands, result and flags in hexadecimal.
struct TestCase {
  var operands = Operands()
  var result: UInt64 = 0
  var flags: UInt8 = 0

  /// A case of `operation` from a line, or `nil` when the line does not have the right fields.
  init?(_ line: String, of operation: Operation) {
    var fields: (UInt64, UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0, 0)
    var count = 0
    var current: UInt64 = 0
    var digits = 0
    for byte in line.utf8 {
      if byte == UInt8(ascii: " ") {
        guard digits > 0, count < 4 else { return nil }
        TestCase.store(current, at: count, in: &fields)
        (count, current, digits) = (count + 1, 0, 0)
      } else {
        guard let digit = TestCase.hexadecimalDigit(byte), digits < 16 else { return nil }
        current = current << 4 | digit
        digits += 1
      }
    }
    guard digits == 2, count == operation.operandCount + 1 else { return nil }
    flags = UInt8(truncatingIfNeeded: current)
    operands.first = fields.0
    switch operation.operandCount {
    case 1: result = fields.1
    case 2: (operands.second, result) = (fields.1, fields.2)
    default: (operands.second, operands.third, result) = (fields.1, fields.2, fields.3)
    }
    if operation.isInteger32 {
      result = UInt64(bitPattern: Int64(Int32(truncatingIfNeeded: result)))
    }
  }

  private static func store(_ value: UInt64, at index: Int, in fields: inout (UInt64, UInt64, UInt64, UInt64, UInt64)) {
    switch index {
    case 0: fields.0 = value
    case 1: fields.1 = value
    case 2: fields.2 = value
    default: fields.3 = value
    }
  }

  private static func hexadecimalDigit(_ byte: UInt8) -> UInt64? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): return UInt64(byte - UInt8(ascii: "0"))
    case UInt8(ascii: "A")...UInt8(ascii: "F"): return UInt64(byte - UInt8(ascii: "A") + 10)
    default: return nil
    }
  }
}

/// Recomputes cases and counts those that come out differently.
struct Checker {
  let operation: Operation
  let mode: RoundingMode
  private(set) var caseCount = 0
  private(set) var mismatchCount = 0

  init(_ operation: Operation, _ mode: RoundingMode) {
    self.operation = operation
    self.mode = mode
  }

  /// Checks one case three ways: the reference; the fast version with clear flags, where it must not use the host; and
  /// the fast version with NX set, where it may. Returns what differed, one sentence each.
  mutating func check(_ test: TestCase) -> [String] {
    caseCount += 1
    var differences: [String] = []
    func run(_ name: String, _ implementation: Implementation, presetFlags: UInt8) {
      var flags = presetFlags
      let result = implementation(test.operands, mode, &flags)
      if result != test.result || flags != test.flags | presetFlags {
        differences.append(
          "\(name) with flags \(hexadecimal(UInt64(presetFlags))): got \(hexadecimal(result)) "
            + "flags \(hexadecimal(UInt64(flags)))")
      }
    }
    run("reference", operation.reference, presetFlags: 0)
    if let fast = operation.fast {
      run("fast", fast, presetFlags: 0)
      run("fast", fast, presetFlags: FloatFlags.inexact.rawValue)
    }
    if !differences.isEmpty { mismatchCount += 1 }
    return differences
  }

  private func hexadecimal(_ value: UInt64) -> String {
    String(value, radix: 16, uppercase: true)
  }
}
