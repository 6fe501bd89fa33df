internal import CElfutils
internal import Synchronization

/// The lines of source of an ELF file with DWARF, by libdw: units are listed when the first line is asked for, and a
/// unit's lines are decoded when it is first needed.
final class DebugLines: Sendable {
  private let program: Mutex<Program>

  /// The lines of `file`; `nil` when it has none.
  init?(_ file: sending ELFFile) {
    guard let program = Program(file) else { return nil }
    self.program = Mutex(program)
  }

  /// The line that `address` was compiled from.
  func line(at address: UInt64) -> SourceLine? { program.withLock { $0.line(at: address) } }
}

/// What libdw knows of a program. It is not made for two threads at once.
private final class Program {
  private let file: ELFFile
  private let handle: OpaquePointer
  private var units: [Unit]?

  /// Addresses that were compiled in one unit.
  private struct Unit {
    let addresses: Range<UInt64>
    /// Where its entry is among all.
    let offset: Dwarf_Off
  }

  /// More than any program has; a damaged file may claim them.
  private static let rangesMax = 4_000_000
  /// How many ranges that begin earlier are looked at; in a sound file they do not overlap.
  private static let overlapsMax = 16

  init?(_ file: ELFFile) {
    guard let handle = dwarf_begin_elf(file.handle, DWARF_C_READ, nil) else { return nil }
    (self.file, self.handle) = (file, handle)
  }

  deinit { dwarf_end(handle) }

  func line(at address: UInt64) -> SourceLine? {
    let units = units ?? listUnits()
    self.units = units
    var (low, high) = (0, units.count)
    while low < high {
      let middle = (low + high) / 2
      if units[middle].addresses.lowerBound > address { high = middle } else { low = middle + 1 }
    }
    for unit in units[max(0, low - Self.overlapsMax)..<low].reversed() where unit.addresses.contains(address) {
      if let line = line(at: address, in: unit) { return line }
    }
    return nil
  }

  private func line(at address: UInt64, in unit: Unit) -> SourceLine? {
    var entry = Dwarf_Die()
    var number: Int32 = 0
    guard dwarf_offdie(handle, unit.offset, &entry) != nil, let line = dwarf_getsrc_die(&entry, address),
      dwarf_lineno(line, &number) == 0, number > 0, let name = dwarf_linesrc(line, nil, nil)
    else { return nil }
    let path = String(cString: name)
    var attribute = Dwarf_Attribute()
    guard dwarf_attr(&entry, UInt32(DW_AT_comp_dir), &attribute) != nil, let folder = dwarf_formstring(&attribute)
    else { return SourceLine(file: path, line: Int(number)) }
    let prefix = String(cString: folder) + "/"
    return SourceLine(
      file: path.hasPrefix(prefix) ? String(path.dropFirst(prefix.count)) : path, line: Int(number))
  }

  private func listUnits() -> [Unit] {
    var units: [Unit] = []
    var unit: OpaquePointer?
    var (version, kind, entry, inner) = (Dwarf_Half(0), UInt8(0), Dwarf_Die(), Dwarf_Die())
    while units.count < Self.rangesMax, dwarf_get_units(handle, unit, &unit, &version, &kind, &entry, &inner) == 0 {
      let offset = dwarf_dieoffset(&entry)
      var (base, low, high) = (Dwarf_Addr(0), Dwarf_Addr(0), Dwarf_Addr(0))
      var next = dwarf_ranges(&entry, 0, &base, &low, &high)
      while next > 0, units.count < Self.rangesMax {
        if low < high { units.append(Unit(addresses: low..<high, offset: offset)) }
        next = dwarf_ranges(&entry, next, &base, &low, &high)
      }
    }
    return units.sorted {
      ($0.addresses.lowerBound, $0.addresses.upperBound, $0.offset)
        < ($1.addresses.lowerBound, $1.addresses.upperBound, $1.offset)
    }
  }
}
