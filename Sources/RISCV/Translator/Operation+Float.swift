internal import HostCode

// Which floating-point operations of the host do what instructions do.

extension Operation {
  /// The host's operation and its width, with the rounding mode field `rounding` of the instruction; `nil` when the
  /// host has none that gives the same bits. Dynamic rounding is to nearest, even, while the engine is ready for
  /// floating point.
  func floatKind(rounding: UInt8) -> (MicroOperation.Kind, UInt8)? {
    let isNearest = rounding == 0 || rounding == 7
    if let kind = roundedFloatKind { return isNearest ? kind : nil }
    if let kind = floatToIntegerKind(truncates: rounding == 1) { return isNearest || rounding == 1 ? kind : nil }
    switch self {
    case .fcvtDW, .fcvtDWu, .fcvtDS:
      // Exact, but the field must be valid.
      guard isNearest || rounding < 5 else { return nil }
      return (self == .fcvtDW ? .floatFromWord : self == .fcvtDWu ? .floatFromWordUnsigned : .floatWiden, 8)
    case .fsgnjS: return (.floatCopySign, 4)
    case .fsgnjnS: return (.floatInvertSign, 4)
    case .fsgnjxS: return (.floatXorSign, 4)
    case .fsgnjD: return (.floatCopySign, 8)
    case .fsgnjnD: return (.floatInvertSign, 8)
    case .fsgnjxD: return (.floatXorSign, 8)
    case .feqS: return (.floatEqual, 4)
    case .fltS: return (.floatLess, 4)
    case .fleS: return (.floatLessOrEqual, 4)
    case .feqD: return (.floatEqual, 8)
    case .fltD: return (.floatLess, 8)
    case .fleD: return (.floatLessOrEqual, 8)
    case .fmvXW: return (.floatBits, 4)
    case .fmvXD: return (.floatBits, 8)
    case .fmvWX: return (.floatFromBits, 4)
    case .fmvDX: return (.floatFromBits, 8)
    default: return nil
    }
  }

  /// Those whose result is rounded.
  private var roundedFloatKind: (MicroOperation.Kind, UInt8)? {
    switch self {
    case .faddS: (.floatAdd, 4)
    case .fsubS: (.floatSubtract, 4)
    case .fmulS: (.floatMultiply, 4)
    case .fdivS: (.floatDivide, 4)
    case .fsqrtS: (.floatSquareRoot, 4)
    case .fmaddS: (.floatFused, 4)
    case .fmsubS: (.floatFusedSubtract, 4)
    case .fnmsubS: (.floatNegatedFused, 4)
    case .fnmaddS: (.floatNegatedFusedSubtract, 4)
    case .faddD: (.floatAdd, 8)
    case .fsubD: (.floatSubtract, 8)
    case .fmulD: (.floatMultiply, 8)
    case .fdivD: (.floatDivide, 8)
    case .fsqrtD: (.floatSquareRoot, 8)
    case .fmaddD: (.floatFused, 8)
    case .fmsubD: (.floatFusedSubtract, 8)
    case .fnmsubD: (.floatNegatedFused, 8)
    case .fnmaddD: (.floatNegatedFusedSubtract, 8)
    case .fcvtSW: (.floatFromWord, 4)
    case .fcvtSWu: (.floatFromWordUnsigned, 4)
    case .fcvtSL: (.floatFromLong, 4)
    case .fcvtDL: (.floatFromLong, 8)
    case .fcvtSD: (.floatNarrow, 4)
    default: nil
    }
  }

  private func floatToIntegerKind(truncates: Bool) -> (MicroOperation.Kind, UInt8)? {
    switch self {
    case .fcvtWS: (truncates ? .floatTruncateToWord : .floatToWord, 4)
    case .fcvtLS: (truncates ? .floatTruncateToLong : .floatToLong, 4)
    case .fcvtWD: (truncates ? .floatTruncateToWord : .floatToWord, 8)
    case .fcvtLD: (truncates ? .floatTruncateToLong : .floatToLong, 8)
    default: nil
    }
  }
}

extension MicroOperation.Kind {
  /// Which of d and a hold integers.
  var floatShape: (isIntegerResult: Bool, isIntegerSource: Bool) {
    switch self {
    case .floatEqual, .floatLess, .floatLessOrEqual, .floatBits: (true, false)
    case .floatToWord, .floatToLong, .floatTruncateToWord, .floatTruncateToLong: (true, false)
    case .floatFromWord, .floatFromWordUnsigned, .floatFromLong, .floatFromBits, .floatLoad, .floatStore: (false, true)
    default: (false, false)
    }
  }
}
