import SoftFloat

/// The operands of one test case; those that a function does not take are zero.
struct Operands {
  var first: UInt64 = 0
  var second: UInt64 = 0
  var third: UInt64 = 0
}

/// How an operation is called: operands, rounding mode, accrued flags.
typealias Implementation = (Operands, RoundingMode, inout UInt8) -> UInt64

/// One function that `testfloat_gen` can generate cases for, and our implementations of it.
struct Operation {
  /// How many operands a line starts with.
  let operandCount: Int
  /// Whether a result of 32 bits on a line stands for its sign extension to 64 bits, as registers hold integers.
  var isInteger32 = false
  /// The arithmetic in integers.
  let reference: Implementation
  /// The version that may use the host's floating point, where there is one.
  var fast: Implementation?
}

extension Operation {
  /// The operation with `testfloat_gen`'s name for it, such as `f64_mulAdd`, or `nil` for one that RISC-V does not
  /// have.
  /// - Parameter exact: whether rounding to an integral value raises NX. Conversions to integers always do.
  static func named(_ name: String, exact: Bool) -> Operation? {
    let parts = name.split(separator: "_", maxSplits: 1).map(String.init)
    guard parts.count == 2 else { return nil }
    switch parts[0] {
    case "f32": return float32(parts[1], exact: exact)
    case "f64": return float64(parts[1], exact: exact)
    default: return fromInteger(name)
    }
  }

  /// A function with binary64 operands.
  private static func float64(_ name: String, exact: Bool) -> Operation? {
    typealias Bits = Float64Bits
    switch name {
    case "add":
      return Operation(
        operandCount: 2, reference: { Bits.add($0.first, $0.second, $1, &$2) },
        fast: { Bits.addFast($0.first, $0.second, $1, &$2) })
    case "sub":
      return Operation(
        operandCount: 2, reference: { Bits.sub($0.first, $0.second, $1, &$2) },
        fast: { Bits.subFast($0.first, $0.second, $1, &$2) })
    case "mul":
      return Operation(
        operandCount: 2, reference: { Bits.mul($0.first, $0.second, $1, &$2) },
        fast: { Bits.mulFast($0.first, $0.second, $1, &$2) })
    case "div":
      return Operation(
        operandCount: 2, reference: { Bits.div($0.first, $0.second, $1, &$2) },
        fast: { Bits.divFast($0.first, $0.second, $1, &$2) })
    case "sqrt":
      return Operation(
        operandCount: 1, reference: { Bits.sqrt($0.first, $1, &$2) }, fast: { Bits.sqrtFast($0.first, $1, &$2) })
    case "mulAdd":
      return Operation(
        operandCount: 3, reference: { Bits.fma($0.first, $0.second, $0.third, $1, &$2) },
        fast: { Bits.fmaFast($0.first, $0.second, $0.third, $1, &$2) })
    case "roundToInt":
      return Operation(operandCount: 1, reference: { Bits.roundToIntegral($0.first, $1, exact: exact, &$2) })
    case "to_f32":
      return Operation(operandCount: 1, reference: { UInt64(Bits.toFloat32($0.first, $1, &$2)) })
    case "to_i32":
      return Operation(operandCount: 1, isInteger32: true, reference: { Bits.toInt32($0.first, $1, &$2) })
    case "to_ui32":
      return Operation(operandCount: 1, isInteger32: true, reference: { Bits.toUInt32($0.first, $1, &$2) })
    case "to_i64": return Operation(operandCount: 1, reference: { Bits.toInt64($0.first, $1, &$2) })
    case "to_ui64": return Operation(operandCount: 1, reference: { Bits.toUInt64($0.first, $1, &$2) })
    case "eq": return comparison { Bits.equal($0.first, $0.second, &$2) }
    case "lt": return comparison { Bits.less($0.first, $0.second, &$2) }
    case "le": return comparison { Bits.lessOrEqual($0.first, $0.second, &$2) }
    case "lt_quiet": return comparison { Bits.lessQuiet($0.first, $0.second, &$2) }
    case "le_quiet": return comparison { Bits.lessOrEqualQuiet($0.first, $0.second, &$2) }
    default: return nil
    }
  }

  /// A function with binary32 operands.
  private static func float32(_ name: String, exact: Bool) -> Operation? {
    typealias Bits = Float32Bits
    switch name {
    case "add": return binary({ Bits.add($0, $1, $2, &$3) }, { Bits.addFast($0, $1, $2, &$3) })
    case "sub": return binary({ Bits.sub($0, $1, $2, &$3) }, { Bits.subFast($0, $1, $2, &$3) })
    case "mul": return binary({ Bits.mul($0, $1, $2, &$3) }, { Bits.mulFast($0, $1, $2, &$3) })
    case "div": return binary({ Bits.div($0, $1, $2, &$3) }, { Bits.divFast($0, $1, $2, &$3) })
    case "sqrt":
      return Operation(
        operandCount: 1, reference: { UInt64(Bits.sqrt(low($0.first), $1, &$2)) },
        fast: { UInt64(Bits.sqrtFast(low($0.first), $1, &$2)) })
    case "mulAdd":
      return Operation(
        operandCount: 3, reference: { UInt64(Bits.fma(low($0.first), low($0.second), low($0.third), $1, &$2)) },
        fast: { UInt64(Bits.fmaFast(low($0.first), low($0.second), low($0.third), $1, &$2)) })
    case "roundToInt":
      return Operation(
        operandCount: 1, reference: { UInt64(Bits.roundToIntegral(low($0.first), $1, exact: exact, &$2)) })
    case "to_f64":
      return Operation(operandCount: 1, reference: { Float64Bits.fromFloat32(low($0.first), &$2) })
    case "to_i32":
      return Operation(operandCount: 1, isInteger32: true, reference: { Bits.toInt32(low($0.first), $1, &$2) })
    case "to_ui32":
      return Operation(operandCount: 1, isInteger32: true, reference: { Bits.toUInt32(low($0.first), $1, &$2) })
    case "to_i64": return Operation(operandCount: 1, reference: { Bits.toInt64(low($0.first), $1, &$2) })
    case "to_ui64": return Operation(operandCount: 1, reference: { Bits.toUInt64(low($0.first), $1, &$2) })
    case "eq": return comparison { Bits.equal(low($0.first), low($0.second), &$2) }
    case "lt": return comparison { Bits.less(low($0.first), low($0.second), &$2) }
    case "le": return comparison { Bits.lessOrEqual(low($0.first), low($0.second), &$2) }
    case "lt_quiet": return comparison { Bits.lessQuiet(low($0.first), low($0.second), &$2) }
    case "le_quiet": return comparison { Bits.lessOrEqualQuiet(low($0.first), low($0.second), &$2) }
    default: return nil
    }
  }

  /// A conversion from an integer.
  private static func fromInteger(_ name: String) -> Operation? {
    let convert: Implementation
    switch name {
    case "i32_to_f32": convert = { UInt64(Float32Bits.fromInt32($0.first, $1, &$2)) }
    case "ui32_to_f32": convert = { UInt64(Float32Bits.fromUInt32($0.first, $1, &$2)) }
    case "i64_to_f32": convert = { UInt64(Float32Bits.fromInt64($0.first, $1, &$2)) }
    case "ui64_to_f32": convert = { UInt64(Float32Bits.fromUInt64($0.first, $1, &$2)) }
    case "i32_to_f64": convert = { Float64Bits.fromInt32($0.first, $1, &$2) }
    case "ui32_to_f64": convert = { Float64Bits.fromUInt32($0.first, $1, &$2) }
    case "i64_to_f64": convert = { Float64Bits.fromInt64($0.first, $1, &$2) }
    case "ui64_to_f64": convert = { Float64Bits.fromUInt64($0.first, $1, &$2) }
    default: return nil
    }
    return Operation(operandCount: 1, reference: convert)
  }

  /// A binary32 operation with two operands.
  private static func binary(
    _ reference: @escaping (UInt32, UInt32, RoundingMode, inout UInt8) -> UInt32,
    _ fast: @escaping (UInt32, UInt32, RoundingMode, inout UInt8) -> UInt32
  ) -> Operation {
    Operation(
      operandCount: 2, reference: { UInt64(reference(low($0.first), low($0.second), $1, &$2)) },
      fast: { UInt64(fast(low($0.first), low($0.second), $1, &$2)) })
  }

  /// A comparison, whose result is 0 or 1.
  private static func comparison(
    _ compare: @escaping (Operands, RoundingMode, inout UInt8) -> Bool
  ) -> Operation {
    Operation(operandCount: 2, reference: { compare($0, $1, &$2) ? 1 : 0 })
  }

  /// The lower half, where a binary32 operand is.
  private static func low(_ value: UInt64) -> UInt32 {
    UInt32(truncatingIfNeeded: value)
  }
}
