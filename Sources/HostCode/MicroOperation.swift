/// One step of a block, in terms of no guest and no host: the line between what decodes guest code and what generates
/// host code. A block is a list of these, entered at the first and nowhere else.
///
/// Sources are slots (`StateLayout`). Where `b` is `immediateOperand`, the second source is `immediate`. Arithmetic
/// wraps. *Word* operations work on the low 32 bits and sign-extend their result; counts of shifts and rotations are
/// taken modulo the width. Results for the discard slot are dropped, but their operations are performed as far as that
/// can be seen.
public struct MicroOperation {
  /// What an operation does.
  public enum Kind: UInt8, CaseIterable, Sendable {
    /// d = immediate.
    case constant
    /// d = the guest address of the running page + immediate.
    case place
    /// d = a.
    case move

    case add, subtract, and, or, xor, andNot, orNot, xorNot
    case shiftLeft, shiftRight, shiftRightSigned, rotateLeft, rotateRight
    case addWord, subtractWord, shiftLeftWord, shiftRightWord, shiftRightSignedWord, rotateLeftWord, rotateRightWord
    /// d = a < b ? 1 : 0.
    case setLess, setLessUnsigned
    case multiply, multiplyWord
    /// The high 64 bits of the product: signed, unsigned, a signed with b unsigned.
    case multiplyHigh, multiplyHighUnsigned, multiplyHighMixed
    /// Division that never traps: by zero the quotient is all ones and the remainder a; the quotient of the smallest
    /// number and -1 is that number, the remainder zero. The unsigned word forms sign-extend their result too.
    case divide, divideUnsigned, remainder, remainderUnsigned
    case divideWord, divideUnsignedWord, remainderWord, remainderUnsignedWord
    case minimum, minimumUnsigned, maximum, maximumUnsigned
    /// d = (a << `width`) + b; the second form takes the low 32 bits of a, zero-extended.
    case shiftAdd, shiftAddLow
    /// d = the low 32 bits of a, zero-extended, shifted left by immediate.
    case shiftLeftLow
    /// The bit of a whose number is b modulo 64: cleared, alone, inverted, set.
    case bitClear, bitExtract, bitInvert, bitSet
    /// d = b is (not) zero ? 0 : a.
    case zeroIfZero, zeroIfNotZero
    /// Counts: 64 or, of words, 32 when there is no bit. Not sign-extended, being small.
    case leadingZeros, trailingZeros, ones, leadingZerosWord, trailingZerosWord, onesWord
    case signExtendByte, signExtendHalf, zeroExtendHalf, swapBytes
    /// Each byte of d is all ones if that of a is not zero.
    case fillBytes

    /// d = `width` bytes at a + immediate, sign- or zero-extended; if they are not aligned and in a page whose
    /// translation is known, the assist of `token`.
    case load, loadSigned
    /// `width` bytes of b to a + immediate; else the same.
    case store

    /// Begins floating point, in front of the first such operation of a block and wherever the engine may have had its
    /// hands on the state since: if the engine is not ready for it (`StateLayout.Context.floatIsReady`), gives back
    /// `steps` and `cycles` and leaves at `immediate` for want of budget.
    case floatBegin
    // Floating point on slots that hold it, `width` 4 or 8 bytes: IEEE 754, rounding to nearest, ties to even; flags
    // accrue in the context. A 4-byte value is boxed: the upper half of its slot is all ones. Whatever is not boxed or
    // comes out as NaN is the assist of `token`, on sources that are still untouched.
    /// d = a op b.
    case floatAdd, floatSubtract, floatMultiply, floatDivide
    /// d = the square root of a.
    case floatSquareRoot
    /// d = ±(a × b) ± c, rounded once; c is the slot `extra`. First the sign of the product, then that of c.
    case floatFused, floatFusedSubtract, floatNegatedFused, floatNegatedFusedSubtract
    /// d = a with the sign of b, with its inverse, with the exclusive or of both.
    case floatCopySign, floatInvertSign, floatXorSign
    /// Integer d = whether a = b, a < b, a <= b. The first signals only signalling NaNs.
    case floatEqual, floatLess, floatLessOrEqual
    /// d = integer a: its low 32 bits, signed and unsigned, or all of it, signed.
    case floatFromWord, floatFromWordUnsigned, floatFromLong
    /// Integer d = a rounded, or truncated: to 32 bits, or to 64.
    case floatToWord, floatToLong, floatTruncateToWord, floatTruncateToLong
    /// d, of 8 bytes, = a of 4 bytes; d, of 4 bytes, = a of 8.
    case floatWiden, floatNarrow
    /// Integer d = the bits of a, 4 bytes sign-extended; d = the bits of integer a.
    case floatBits, floatFromBits
    /// d = memory, memory = b: like `load` and `store`.
    case floatLoad, floatStore

    /// Pays `steps` and `cycles` for what follows; if they are not there, pays nothing and leaves at `immediate` for
    /// want of budget. The first of each block.
    case charge
    /// The engine executes the operation of `token`; goes on behind it unless it says otherwise. `steps` and `cycles`
    /// are what has been paid from this operation on, itself included; the engine gives back what is not used.
    case assist

    /// d = the guest's clock, if the context says that it may be read; else the assist of `token`. `cycles` as for
    /// that: the clock is that of the cycle at which this operation begins.
    case clock
    /// Goes on in the running page at the place `immediate`, having given back `steps` and `cycles`. Ends the list.
    case goNear
    /// Goes on outside the page, at its guest address + `immediate`. Ends the list.
    case goFar
    /// Goes on at (a + immediate) & ~1, perhaps in another page, d then being page + the signed 16-bit `token`, the
    /// address to return to. Ends the list.
    case goIndirect
    /// If the condition of `width` holds between a and b, like `goNear`.
    case branchNear
    /// The same, like `goFar`.
    case branchFar
  }

  /// The conditions of branches.
  public enum Condition: UInt8, Sendable { case equal = 0, notEqual, less, greaterOrEqual, below, aboveOrEqual }

  /// What is done.
  public var kind: Kind
  /// The slot of the result.
  public var d: UInt8
  /// The slot of the first source.
  public var a: UInt8
  /// The slot of the second source, or `immediateOperand`.
  public var b: UInt8
  /// Bytes of an access, or what `kind` says.
  public var width: UInt8 = 0
  /// The slot of the third source.
  public var extra: UInt8 = 0
  /// What the engine knows the operation by: see `assist`.
  public var token: UInt16 = 0
  /// Steps that are paid, or given back.
  public var steps: UInt16 = 0
  /// Cycles that are paid, or given back.
  public var cycles: UInt32 = 0
  /// A constant, a distance or a place.
  public var immediate: Int64 = 0
  /// For `goNear` and `branchNear`: where the code of the target is, when that is known; else 0.
  public var target: UInt32 = 0

  /// In place of slot `b`: the second source is `immediate`.
  public static let immediateOperand: UInt8 = 255

  /// An operation; what it does not need is left out.
  public init(_ kind: Kind, d: UInt8 = 0, a: UInt8 = 0, b: UInt8 = 0, immediate: Int64 = 0) {
    (self.kind, self.d, self.a, self.b, self.immediate) = (kind, d, a, b, immediate)
  }
}
