/// Physical memory protection: 16 entries, 4-byte grain (privileged specification, "Physical Memory Protection").
enum PMP {
  static let read: UInt8 = 1
  static let write: UInt8 = 2
  static let execute: UInt8 = 4
  static let mode: UInt8 = 0x18
  static let topOfRange: UInt8 = 0x08
  static let naturallyAlignedFour: UInt8 = 0x10
  static let locked: UInt8 = 0x80
  static let mask: UInt8 = 0x9f
}

/// The entries of the PMP as ranges: worked out anew whenever a PMP register is written. Behind a pointer, because it
/// is asked at every walk.
struct ProtectionMap {
  struct Entry {
    /// First byte.
    var low: UInt64
    /// Last byte.
    var last: UInt64
    /// `PMP.read`, `write`, `execute` and `locked`.
    var permissions: UInt8
  }
  private let entries: UnsafeMutablePointer<Entry>
  private var count = 0

  static let capacity = 16

  /// No entries, kept at `entries`, which has room for `capacity`.
  init(at entries: UnsafeMutablePointer<Entry>) { self.entries = entries }

  /// Takes over the PMP registers of `csr`.
  mutating func update(_ csr: ControlRegisters) {
    count = 0
    for index in 0..<ProtectionRegisters.count {
      let configuration = csr.pmp.configuration(index)
      let address = csr.pmp[index]
      switch configuration & PMP.mode {
      case 0: continue
      case PMP.topOfRange:
        let low = index == 0 ? 0 : csr.pmp[index - 1]
        guard low < address else { continue }
        append(Entry(low: low << 2, last: (address << 2) &- 1, permissions: configuration))
      case PMP.naturallyAlignedFour:
        append(Entry(low: address << 2, last: (address << 2) | 3, permissions: configuration))
      default:
        // NAPOT: trailing ones give the size; 54 ones or more cover everything.
        let ones = UInt64((~address).trailingZeroBitCount)
        let size = ones >= 54 ? UInt64.max : (UInt64(8) << ones) &- 1
        let low = (address << 2) & ~size
        append(Entry(low: low, last: low | size, permissions: configuration))
      }
    }
  }

  private mutating func append(_ entry: Entry) {
    precondition(count < Self.capacity, "there are 16 PMP entries")
    entries[count] = entry
    count += 1
  }

  /// Permissions that hold for a whole range; `mixed` where the first entry that matches covers it only in part.
  static let mixed: UInt8 = 0xff

  /// The permissions of the bytes `low...last` for `privilege`, or `mixed`.
  func permissions(_ low: UInt64, _ last: UInt64, _ privilege: Privilege) -> UInt8 {
    let everything = PMP.read | PMP.write | PMP.execute
    var index = 0
    while index < count {
      let entry = entries[index]
      index += 1
      guard entry.low <= last && low <= entry.last else { continue }
      guard entry.low <= low && last <= entry.last else { return Self.mixed }
      if privilege == .machine && entry.permissions & PMP.locked == 0 { return everything }
      return entry.permissions & everything
    }
    return privilege == .machine ? everything : 0
  }

  /// Whether all of the bytes `low...last` may be accessed so; a range covered in part may not.
  func permits(_ low: UInt64, _ last: UInt64, _ privilege: Privilege, _ permission: UInt8) -> Bool {
    let permissions = permissions(low, last, privilege)
    return permissions != Self.mixed && permissions & permission != 0
  }
}
