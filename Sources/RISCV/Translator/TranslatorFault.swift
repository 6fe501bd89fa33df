internal import Backplane
internal import HostCode

/// A mistake that is planted in the translator of one engine, for tests of what is to catch it. Nobody else plants any.
///
/// All but three change a block before or after its code is generated, so that they cost nothing where none is planted.
public enum TranslatorFault: String, CaseIterable, Codable, Sendable {
  /// Branches compare signed numbers as if they had no sign, and the other way round.
  case flags
  /// Signed loads, and sums of words, are not sign-extended.
  case signExtension
  /// Left shifts of words heed one bit of the count too many.
  case shiftCount
  /// What is divided by zero leaves zero.
  case division
  /// Singles that come from integer registers are not boxed.
  case boxing
  /// Accesses that reach into another page go on in the frame behind the first.
  case pageCrossing
  /// What was translated of a page stays when its code is changed.
  case staleCode
  /// Translations of addresses stay when the entries they rest on are changed.
  case staleTranslation
  /// A block that is left early gives one step less back than it should.
  case giveBack
  /// A jump is linked to another block of the page than the one it goes to.
  case linking
  /// A return address is one instruction too far.
  case returnAddress
  /// The high half of a product of a signed and an unsigned number takes both as signed.
  case mixedProduct
}

extension TranslatorFault {
  /// Changes the `count` operations at `list`.
  /// - Returns: how many there are then.
  func spoil(_ list: UnsafeMutablePointer<MicroOperation>, _ count: Int) -> Int {
    var spoiled: [MicroOperation] = []
    for index in 0..<count { spoiled += self.spoiled(list[index]) }
    guard spoiled.count <= Translating.operationCountMax else { return count }
    for (index, operation) in spoiled.enumerated() { list[index] = operation }
    return spoiled.count
  }

  private func spoiled(_ original: MicroOperation) -> [MicroOperation] {
    var m = original
    switch (self, m.kind) {
    case (.flags, .branchNear), (.flags, .branchFar): m.width = Self.otherSign(m.width)
    case (.flags, .setLess): m.kind = .setLessUnsigned
    case (.signExtension, .loadSigned): m.kind = .load
    case (.signExtension, .addWord):
      m.kind = .add
      return [m, MicroOperation(.shiftLeftLow, d: m.d, a: m.d, b: MicroOperation.immediateOperand)]
    case (.shiftCount, .shiftLeftWord) where m.b != MicroOperation.immediateOperand:
      m.kind = .shiftLeft
      return [m, MicroOperation(.addWord, d: m.d, a: m.d, b: MicroOperation.immediateOperand)]
    case (.division, .divide), (.division, .divideUnsigned), (.division, .remainder), (.division, .remainderUnsigned),
      (.division, .divideWord), (.division, .remainderWord):
      return m.d == m.b ? [m] : [m, MicroOperation(.zeroIfZero, d: m.d, a: m.d, b: m.b)]
    case (.boxing, .floatFromBits): m.width = 8
    case (.giveBack, .load), (.giveBack, .loadSigned), (.giveBack, .store), (.giveBack, .assist):
      if m.steps > 1 { m.steps -= 1 }
    case (.returnAddress, .goIndirect): m.token &+= 4
    case (.mixedProduct, .multiplyHighMixed): m.kind = .multiplyHigh
    default: break
    }
    return [m]
  }

  private static func otherSign(_ condition: UInt8) -> UInt8 {
    switch MicroOperation.Condition(rawValue: condition) {
    case .less: MicroOperation.Condition.below.rawValue
    case .greaterOrEqual: MicroOperation.Condition.aboveOrEqual.rawValue
    case .below: MicroOperation.Condition.less.rawValue
    case .aboveOrEqual: MicroOperation.Condition.greaterOrEqual.rawValue
    case .equal, .notEqual, nil: condition
    }
  }

  /// Changes generated code: the constants by which accesses find out that they are not aligned.
  func spoil(_ code: UnsafeMutableBufferPointer<UInt8>) {
    guard self == .pageCrossing else { return }
    for index in 0..<max(0, code.count - 3)
    where code[index + 1] == 0xf0 && code[index + 2] == 0xff && code[index + 3] == 0xff {
      if [0x01, 0x03, 0x07].contains(code[index]) { code[index] = 0 }
    }
  }

  /// The place to which a jump to `place` is linked: that of another block of the page whose ops begin at `ops`.
  func linked(_ place: UInt32, _ ops: UnsafeMutableRawPointer) -> UInt32 {
    guard self == .linking else { return place }
    for slot in 0..<Op.slotsPerPage {
      let cell = Op.cell(of: ops + slot * 16).pointee
      if cell >= Translating.firstCode, cell != place { return cell }
    }
    return place
  }
}
