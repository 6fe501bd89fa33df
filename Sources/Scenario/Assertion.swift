/// Something that must be true of the machine at the moment at which the script is there.
public struct Assertion: Hashable, Sendable {
  /// What is looked at.
  public enum Subject: Hashable, Sendable {
    /// The register that debuggers know by this name: `a0`, `pc`, `mstatus`.
    case register(String)
    /// Memory at a virtual address, as the hart's present mode finds it, permissions aside.
    case memory(UInt64)
    /// Memory so many bytes behind the address of a symbol.
    case symbol(String, offset: UInt64)
  }

  /// What must be true of the value.
  public enum Relation: Hashable, Sendable {
    /// It is this.
    case equals(UInt64)
    /// It is anything else.
    case differs(UInt64)
    /// It is smaller, both without sign.
    case less(UInt64)

    /// Whether it is true of `value`.
    func holds(_ value: UInt64) -> Bool {
      switch self {
      case .equals(let other): value == other
      case .differs(let other): value != other
      case .less(let other): value < other
      }
    }
  }

  /// What is looked at.
  public var subject: Subject
  /// Bytes of memory, little-endian: 1, 2, 4 or 8. A register is always whole.
  public var byteCount: Int
  /// The bits that count; the others are taken for 0.
  public var mask: UInt64?
  /// What must be true.
  public var relation: Relation

  /// An assertion.
  public init(_ subject: Subject, byteCount: Int = 8, mask: UInt64? = nil, _ relation: Relation) {
    precondition([1, 2, 4, 8].contains(byteCount), "values have a power of two of bytes")
    (self.subject, self.byteCount, self.mask, self.relation) = (subject, byteCount, mask, relation)
  }

  /// Why it is not true; `nil` when it is.
  /// - Parameter address: of the symbol, when it is about one.
  func objection(_ view: some MachineView, address: UInt64?) -> String? {
    let value: UInt64
    switch subject {
    case .register(let name):
      guard let found = view.register(named: name) else { return "there is no register '\(name)'" }
      value = found
    case .memory, .symbol:
      guard let address = self.address(symbol: address) else { return "the symbol has no address" }
      guard let bytes = view.bytes(at: address, count: byteCount) else {
        return "no memory is found at \(Notation.hexadecimal(address)) there"
      }
      value = bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
    let counted = value & (mask ?? ~0)
    guard !relation.holds(counted) else { return nil }
    guard mask != nil else { return "it is \(Notation.hexadecimal(value))" }
    return "it is \(Notation.hexadecimal(counted)), of \(Notation.hexadecimal(value))"
  }

  private func address(symbol: UInt64?) -> UInt64? {
    switch subject {
    case .register: nil
    case .memory(let address): address
    case .symbol(_, let offset): symbol.map { $0 &+ offset }
    }
  }
}

extension Assertion: CustomStringConvertible {
  /// For messages: `a0 equals 0x2a`.
  public var description: String {
    var text: String
    switch subject {
    case .register(let name): text = name
    case .memory(let address): text = "\(byteCount) bytes at \(Notation.hexadecimal(address))"
    case .symbol(let name, 0): text = "\(byteCount) bytes at \(name)"
    case .symbol(let name, let offset): text = "\(byteCount) bytes at \(name)+\(Notation.hexadecimal(offset))"
    }
    if let mask { text += " & \(Notation.hexadecimal(mask))" }
    switch relation {
    case .equals(let value): return "\(text) equals \(Notation.hexadecimal(value))"
    case .differs(let value): return "\(text) is not \(Notation.hexadecimal(value))"
    case .less(let value): return "\(text) is less than \(Notation.hexadecimal(value))"
    }
  }
}
