// Integer arithmetic of the unprivileged specification on register contents.

@inline(__always) func signed(_ value: UInt64) -> Int64 { Int64(bitPattern: value) }
@inline(__always) func unsigned(_ value: Int64) -> UInt64 { UInt64(bitPattern: value) }
@inline(__always) func low(_ value: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: value) }
@inline(__always) func signedLow(_ value: UInt64) -> Int32 { Int32(truncatingIfNeeded: value) }

/// The low 32 bits, sign-extended: the result of every `…w` operation.
@inline(__always) func word(_ value: UInt64) -> UInt64 { unsigned(Int64(Int32(truncatingIfNeeded: value))) }
@inline(__always) func word(_ value: UInt32) -> UInt64 { unsigned(Int64(Int32(bitPattern: value))) }
@inline(__always) func word(_ value: Int32) -> UInt64 { unsigned(Int64(value)) }

@inline(__always) func rotateLeft(_ value: UInt64, _ count: UInt64) -> UInt64 {
  (value &<< count) | (value &>> (0 &- count))
}
@inline(__always) func rotateLeft(_ value: UInt32, _ count: UInt32) -> UInt32 {
  (value &<< count) | (value &>> (0 &- count))
}

/// `orc.b`: each byte becomes all ones if any of its bits is set.
@inline(__always) func orCombine(_ value: UInt64) -> UInt64 {
  var bits = value | (value >> 4)
  bits |= bits >> 2
  bits |= bits >> 1
  return (bits & 0x0101_0101_0101_0101) &* 255
}

@inline(__always) func mulh(_ a: UInt64, _ b: UInt64) -> UInt64 {
  unsigned(signed(a).multipliedFullWidth(by: signed(b)).high)
}
@inline(__always) func mulhu(_ a: UInt64, _ b: UInt64) -> UInt64 { a.multipliedFullWidth(by: b).high }
@inline(__always) func mulhsu(_ a: UInt64, _ b: UInt64) -> UInt64 {
  a.multipliedFullWidth(by: b).high &- (signed(a) < 0 ? b : 0)
}

// Division by zero and overflow give the results of the table in "M" Extension, "Division Operations"; nothing traps.

@inline(__always) func div(_ a: UInt64, _ b: UInt64) -> UInt64 {
  b == 0 ? .max : unsigned(signed(a).dividedReportingOverflow(by: signed(b)).partialValue)
}
@inline(__always) func divu(_ a: UInt64, _ b: UInt64) -> UInt64 { b == 0 ? .max : a / b }
@inline(__always) func rem(_ a: UInt64, _ b: UInt64) -> UInt64 {
  if b == 0 { return a }
  return b == .max ? 0 : unsigned(signed(a) % signed(b))
}
@inline(__always) func remu(_ a: UInt64, _ b: UInt64) -> UInt64 { b == 0 ? a : a % b }
@inline(__always) func divw(_ a: UInt64, _ b: UInt64) -> UInt64 {
  low(b) == 0 ? .max : word(signedLow(a).dividedReportingOverflow(by: signedLow(b)).partialValue)
}
@inline(__always) func divuw(_ a: UInt64, _ b: UInt64) -> UInt64 { low(b) == 0 ? .max : word(low(a) / low(b)) }
@inline(__always) func remw(_ a: UInt64, _ b: UInt64) -> UInt64 {
  if low(b) == 0 { return word(a) }
  return low(b) == .max ? 0 : word(signedLow(a) % signedLow(b))
}
@inline(__always) func remuw(_ a: UInt64, _ b: UInt64) -> UInt64 { low(b) == 0 ? word(a) : word(low(a) % low(b)) }
