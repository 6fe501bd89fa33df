internal import Bits
internal import SoftFloat

// Floating-point computation: operands unboxed, SoftFloat, results boxed, flags accrued.

private let boxed: UInt64 = 0xffff_ffff_0000_0000

extension Engine {
  /// Executes `op`, which is not one of the dispatch loop's own.
  @inline(never)
  func general(_ op: Op) -> Status {
    let operation = Operation(rawValue: op.extra) ?? .illegal
    if op.code == .system { return system(op, operation) }
    if let status = atomicOrBlock(op, operation) { return status }
    guard hart.pointee.csr.mstatus & MStatus.fs != 0 else { return illegal() }
    let field = UInt8(truncatingIfNeeded: op.immediate & 7)
    guard !operation.rounds || field != 7 || hart.pointee.csr.frm <= 4 else { return illegal() }
    guard let mode = RoundingMode(rawValue: operation.rounds ? (field == 7 ? hart.pointee.csr.frm : field) : 0) else {
      return illegal()
    }
    var flags = hart.pointee.csr.fflags
    if !singleArithmetic(op, operation, mode, &flags), !doubleArithmetic(op, operation, mode, &flags),
      !compare(op, operation, &flags), !convert(op, operation, mode, &flags), !move(op, operation)
    {
      return illegal()
    }
    hart.pointee.csr.fflags = flags
    dirtyFloat()
    return .next
  }

  /// The single in register `index`: the canonical NaN unless it is properly boxed.
  private func single(_ index: UInt8) -> UInt32 {
    let bits = core.pointee.f[Int(index)]
    return bits & boxed == boxed ? low(bits) : 0x7fc0_0000
  }

  private func double(_ index: UInt8) -> UInt64 { core.pointee.f[Int(index)] }
  private func third(_ op: Op) -> UInt8 { UInt8(truncatingIfNeeded: op.immediate >> 8) }
  private func setSingle(_ op: Op, _ bits: UInt32) { core.pointee.f[Int(op.rd)] = boxed | UInt64(bits) }
  private func setDouble(_ op: Op, _ bits: UInt64) { core.pointee.f[Int(op.rd)] = bits }
  private func setInteger(_ op: Op, _ value: UInt64) { if op.rd != 0 { core.pointee.x[Int(op.rd)] = value } }

  private func singleArithmetic(_ op: Op, _ operation: Operation, _ mode: RoundingMode, _ flags: inout UInt8) -> Bool {
    let sign: UInt32 = 1 << 31
    let a = single(op.rs1)
    let b = single(op.rs2)
    switch operation {
    case .faddS: setSingle(op, Float32Bits.addFast(a, b, mode, &flags))
    case .fsubS: setSingle(op, Float32Bits.subFast(a, b, mode, &flags))
    case .fmulS: setSingle(op, Float32Bits.mulFast(a, b, mode, &flags))
    case .fdivS: setSingle(op, Float32Bits.divFast(a, b, mode, &flags))
    case .fsqrtS: setSingle(op, Float32Bits.sqrtFast(a, mode, &flags))
    case .fmaddS: setSingle(op, Float32Bits.fmaFast(a, b, single(third(op)), mode, &flags))
    case .fmsubS: setSingle(op, Float32Bits.fmaFast(a, b, single(third(op)) ^ sign, mode, &flags))
    case .fnmsubS: setSingle(op, Float32Bits.fmaFast(a ^ sign, b, single(third(op)), mode, &flags))
    case .fnmaddS: setSingle(op, Float32Bits.fmaFast(a ^ sign, b, single(third(op)) ^ sign, mode, &flags))
    case .fminS: setSingle(op, Float32Bits.min(a, b, &flags))
    case .fmaxS: setSingle(op, Float32Bits.max(a, b, &flags))
    case .fminmS: setSingle(op, Float32Bits.minimumM(a, b, &flags))
    case .fmaxmS: setSingle(op, Float32Bits.maximumM(a, b, &flags))
    case .froundS: setSingle(op, Float32Bits.roundToIntegral(a, mode, exact: false, &flags))
    case .froundnxS: setSingle(op, Float32Bits.roundToIntegral(a, mode, exact: true, &flags))
    default: return false
    }
    return true
  }

  private func doubleArithmetic(_ op: Op, _ operation: Operation, _ mode: RoundingMode, _ flags: inout UInt8) -> Bool {
    let sign: UInt64 = 1 << 63
    let a = double(op.rs1)
    let b = double(op.rs2)
    switch operation {
    case .faddD: setDouble(op, Float64Bits.addFast(a, b, mode, &flags))
    case .fsubD: setDouble(op, Float64Bits.subFast(a, b, mode, &flags))
    case .fmulD: setDouble(op, Float64Bits.mulFast(a, b, mode, &flags))
    case .fdivD: setDouble(op, Float64Bits.divFast(a, b, mode, &flags))
    case .fsqrtD: setDouble(op, Float64Bits.sqrtFast(a, mode, &flags))
    case .fmaddD: setDouble(op, Float64Bits.fmaFast(a, b, double(third(op)), mode, &flags))
    case .fmsubD: setDouble(op, Float64Bits.fmaFast(a, b, double(third(op)) ^ sign, mode, &flags))
    case .fnmsubD: setDouble(op, Float64Bits.fmaFast(a ^ sign, b, double(third(op)), mode, &flags))
    case .fnmaddD: setDouble(op, Float64Bits.fmaFast(a ^ sign, b, double(third(op)) ^ sign, mode, &flags))
    case .fminD: setDouble(op, Float64Bits.min(a, b, &flags))
    case .fmaxD: setDouble(op, Float64Bits.max(a, b, &flags))
    case .fminmD: setDouble(op, Float64Bits.minimumM(a, b, &flags))
    case .fmaxmD: setDouble(op, Float64Bits.maximumM(a, b, &flags))
    case .froundD: setDouble(op, Float64Bits.roundToIntegral(a, mode, exact: false, &flags))
    case .froundnxD: setDouble(op, Float64Bits.roundToIntegral(a, mode, exact: true, &flags))
    default: return false
    }
    return true
  }

  private func compare(_ op: Op, _ operation: Operation, _ flags: inout UInt8) -> Bool {
    let (s, t) = (single(op.rs1), single(op.rs2))
    let (a, b) = (double(op.rs1), double(op.rs2))
    let holds: Bool
    switch operation {
    case .feqS: holds = Float32Bits.equal(s, t, &flags)
    case .fltS: holds = Float32Bits.less(s, t, &flags)
    case .fleS: holds = Float32Bits.lessOrEqual(s, t, &flags)
    case .fltqS: holds = Float32Bits.lessQuiet(s, t, &flags)
    case .fleqS: holds = Float32Bits.lessOrEqualQuiet(s, t, &flags)
    case .feqD: holds = Float64Bits.equal(a, b, &flags)
    case .fltD: holds = Float64Bits.less(a, b, &flags)
    case .fleD: holds = Float64Bits.lessOrEqual(a, b, &flags)
    case .fltqD: holds = Float64Bits.lessQuiet(a, b, &flags)
    case .fleqD: holds = Float64Bits.lessOrEqualQuiet(a, b, &flags)
    default: return false
    }
    setInteger(op, holds ? 1 : 0)
    return true
  }

  private func convert(_ op: Op, _ operation: Operation, _ mode: RoundingMode, _ flags: inout UInt8) -> Bool {
    let s = single(op.rs1)
    let a = double(op.rs1)
    let x = core.pointee.x[Int(op.rs1)]
    switch operation {
    case .fcvtWS: setInteger(op, Float32Bits.toInt32(s, mode, &flags))
    case .fcvtWuS: setInteger(op, Float32Bits.toUInt32(s, mode, &flags))
    case .fcvtLS: setInteger(op, Float32Bits.toInt64(s, mode, &flags))
    case .fcvtLuS: setInteger(op, Float32Bits.toUInt64(s, mode, &flags))
    case .fcvtSW: setSingle(op, Float32Bits.fromInt32(x, mode, &flags))
    case .fcvtSWu: setSingle(op, Float32Bits.fromUInt32(x, mode, &flags))
    case .fcvtSL: setSingle(op, Float32Bits.fromInt64(x, mode, &flags))
    case .fcvtSLu: setSingle(op, Float32Bits.fromUInt64(x, mode, &flags))
    case .fcvtWD: setInteger(op, Float64Bits.toInt32(a, mode, &flags))
    case .fcvtWuD: setInteger(op, Float64Bits.toUInt32(a, mode, &flags))
    case .fcvtLD: setInteger(op, Float64Bits.toInt64(a, mode, &flags))
    case .fcvtLuD: setInteger(op, Float64Bits.toUInt64(a, mode, &flags))
    case .fcvtDW: setDouble(op, Float64Bits.fromInt32(x, mode, &flags))
    case .fcvtDWu: setDouble(op, Float64Bits.fromUInt32(x, mode, &flags))
    case .fcvtDL: setDouble(op, Float64Bits.fromInt64(x, mode, &flags))
    case .fcvtDLu: setDouble(op, Float64Bits.fromUInt64(x, mode, &flags))
    case .fcvtSD: setSingle(op, Float64Bits.toFloat32(a, mode, &flags))
    case .fcvtDS: setDouble(op, Float64Bits.fromFloat32(s, &flags))
    case .fcvtmodWD: setInteger(op, Float64Bits.toInt32Modular(a, &flags))
    default: return false
    }
    return true
  }

  private func move(_ op: Op, _ operation: Operation) -> Bool {
    let sign: UInt32 = 1 << 31
    let wideSign: UInt64 = 1 << 63
    let (s, t) = (single(op.rs1), single(op.rs2))
    let (a, b) = (double(op.rs1), double(op.rs2))
    switch operation {
    case .fsgnjS: setSingle(op, s.replacing(sign, with: t))
    case .fsgnjnS: setSingle(op, s.replacing(sign, with: ~t))
    case .fsgnjxS: setSingle(op, s ^ (t & sign))
    case .fsgnjD: setDouble(op, a.replacing(wideSign, with: b))
    case .fsgnjnD: setDouble(op, a.replacing(wideSign, with: ~b))
    case .fsgnjxD: setDouble(op, a ^ (b & wideSign))
    case .fmvXW: setInteger(op, word(a))
    case .fmvXD: setInteger(op, a)
    case .fmvWX: setSingle(op, low(core.pointee.x[Int(op.rs1)]))
    case .fmvDX: setDouble(op, core.pointee.x[Int(op.rs1)])
    case .fclassS: setInteger(op, Float32Bits.classify(s))
    case .fclassD: setInteger(op, Float64Bits.classify(a))
    case .fliS: setSingle(op, FloatConstants.single(op.rs1))
    case .fliD: setDouble(op, FloatConstants.double(op.rs1))
    default: return false
    }
    return true
  }
}

extension Operation {
  /// Whether the instruction has a rounding-mode field that must be valid.
  fileprivate var rounds: Bool {
    switch InstructionSet.costClass(of: self) {
    case .floatArithmetic, .floatFused, .floatDivide, .floatSquareRoot: self != .fcvtmodWD
    default: false
    }
  }
}

/// The constants of `fli.s` and `fli.d` by the number in `rs1` ("Zfa", table of load-immediate values).
enum FloatConstants {
  static func single(_ index: UInt8) -> UInt32 {
    switch index {
    case 0: return 0xbf80_0000
    case 1: return 0x0080_0000
    case 30: return 0x7f80_0000
    case 31: return 0x7fc0_0000
    default:
      let (exponent, quarter) = exponentAndQuarter(index)
      return UInt32(127 + exponent) << 23 | UInt32(quarter) << 21
    }
  }

  static func double(_ index: UInt8) -> UInt64 {
    switch index {
    case 0: return 0xbff0_0000_0000_0000
    case 1: return 0x0010_0000_0000_0000
    case 30: return 0x7ff0_0000_0000_0000
    case 31: return 0x7ff8_0000_0000_0000
    default:
      let (exponent, quarter) = exponentAndQuarter(index)
      return UInt64(1023 + exponent) << 52 | UInt64(quarter) << 50
    }
  }

  /// Constants 2 to 29 are 2^exponent × (1 + quarter/4).
  private static func exponentAndQuarter(_ index: UInt8) -> (exponent: Int, quarter: Int) {
    switch index {
    case 2: (-16, 0)
    case 3: (-15, 0)
    case 4: (-8, 0)
    case 5: (-7, 0)
    case 6: (-4, 0)
    case 7: (-3, 0)
    case 8...22: (Int(index) / 4 - 4, Int(index) % 4)
    case 23: (2, 0)
    case 24: (3, 0)
    case 25: (4, 0)
    case 26: (7, 0)
    case 27: (8, 0)
    case 28: (15, 0)
    default: (16, 0)
    }
  }
}
