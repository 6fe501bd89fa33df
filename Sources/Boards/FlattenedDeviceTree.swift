/// The value of a device-tree property (Devicetree Specification v0.4, section 2.2.4, table 2.3).
public enum DeviceTreeValue: Hashable, Sendable {
  /// No value: that the property is there says all (`<empty>`).
  case present
  /// 32-bit cells (`<u32>`, `<phandle>`, `<prop-encoded-array>`).
  case cells([UInt32])
  /// 64-bit numbers, two cells each, the high one first (`<u64>`; addresses and sizes where both take two cells).
  case wide([UInt64])
  /// Strings (`<string>`, `<stringlist>`).
  case texts([String])
  /// Bytes as they are.
  case bytes([UInt8])

  /// One string.
  public static func text(_ text: String) -> Self { .texts([text]) }
  /// One cell.
  public static func cell(_ cell: UInt32) -> Self { .cells([cell]) }

  /// The bytes of the value: numbers big-endian, strings ended by a zero.
  var encoded: [UInt8] {
    var bytes: [UInt8] = []
    switch self {
    case .present: break
    case .cells(let cells): for cell in cells { bytes.appendBigEndian(cell) }
    case .wide(let numbers): for number in numbers { bytes.appendBigEndian(number) }
    case .texts(let texts): for text in texts { bytes += Array(text.utf8) + [0] }
    case .bytes(let raw): bytes = raw
    }
    return bytes
  }
}

/// A node of a device tree.
public struct DeviceTreeNode: Sendable {
  /// The name with its unit address, such as `serial@10000000`; empty for the root.
  public var name: String
  /// The properties, in the order in which they are written.
  public var properties: [(name: String, value: DeviceTreeValue)]
  /// The child nodes, in the order in which they are written.
  public var children: [DeviceTreeNode]

  /// A node.
  public init(
    _ name: String, _ properties: [(name: String, value: DeviceTreeValue)] = [], children: [DeviceTreeNode] = []
  ) {
    (self.name, self.properties, self.children) = (name, properties, children)
  }
}

/// Flattened device trees, as firmware and kernels take them (Devicetree Specification v0.4, chapter 5).
public enum DeviceTree {
  /// A part of memory that the guest must not use for itself (section 5.3).
  public struct Reservation: Hashable, Sendable {
    /// The physical address of its first byte.
    public let address: UInt64
    /// Its size in bytes.
    public let size: UInt64

    /// `size` bytes from `address`.
    public init(address: UInt64, size: UInt64) { (self.address, self.size) = (address, size) }
  }

  /// The blob of the tree under `root`: version 17, readable by readers of version 16. The same tree gives the same
  /// bytes.
  /// - Parameters:
  ///   - bootHart: the number of the hart that boots, as in the `reg` of its node.
  ///   - reservations: the memory reservation block.
  public static func blob(
    root: DeviceTreeNode, bootHart: UInt32 = 0, reservations: [Reservation] = []
  ) -> [UInt8] {
    var writer = Writer()
    writer.append(root)
    writer.structure.appendBigEndian(Token.end)
    var reserved: [UInt8] = []
    for reservation in reservations + [Reservation(address: 0, size: 0)] {
      reserved.appendBigEndian(reservation.address)
      reserved.appendBigEndian(reservation.size)
    }
    // Section 5.6: reservations are aligned to 8 bytes, the structure to 4; each block leaves the next one aligned.
    let reservedOffset = headerSize
    let structureOffset = reservedOffset + reserved.count
    let stringsOffset = structureOffset + writer.structure.count
    let totalSize = stringsOffset + writer.strings.count
    var blob: [UInt8] = []
    let header = [
      magic, size(totalSize), size(structureOffset), size(stringsOffset), size(reservedOffset), version,
      lastCompatibleVersion, bootHart, size(writer.strings.count), size(writer.structure.count),
    ]
    for field in header { blob.appendBigEndian(field) }
    return blob + reserved + writer.structure + writer.strings
  }

  private static func size(_ count: Int) -> UInt32 {
    guard let size = UInt32(exactly: count) else { preconditionFailure("a device tree of 4 GiB") }
    return size
  }

  // The header (section 5.2): ten fields of 32 bits.
  private static let headerSize = 40
  private static let magic: UInt32 = 0xd00d_feed
  private static let version: UInt32 = 17
  private static let lastCompatibleVersion: UInt32 = 16

  /// Tokens (section 5.4.1).
  private enum Token {
    static let beginNode: UInt32 = 1
    static let endNode: UInt32 = 2
    static let property: UInt32 = 3
    static let end: UInt32 = 9
  }

  /// Collects the structure block and the strings block (sections 5.4 and 5.5).
  private struct Writer {
    var structure: [UInt8] = []
    var strings: [UInt8] = []
    private var names: [(name: String, offset: UInt32)] = []

    mutating func append(_ node: DeviceTreeNode) {
      structure.appendBigEndian(Token.beginNode)
      structure += Array(node.name.utf8) + [0]
      align()
      for property in node.properties {
        let value = property.value.encoded
        structure.appendBigEndian(Token.property)
        structure.appendBigEndian(size(value.count))
        structure.appendBigEndian(offset(of: property.name))
        structure += value
        align()
      }
      for child in node.children { append(child) }
      structure.appendBigEndian(Token.endNode)
    }

    private mutating func align() {
      while structure.count % 4 != 0 { structure.append(0) }
    }

    /// Where `name` stands in the strings block; each name stands there once.
    private mutating func offset(of name: String) -> UInt32 {
      if let known = names.first(where: { $0.name == name }) { return known.offset }
      let offset = size(strings.count)
      names.append((name, offset))
      strings += Array(name.utf8) + [0]
      return offset
    }
  }
}

extension [UInt8] {
  /// Appends the bytes of `value`, most significant first.
  fileprivate mutating func appendBigEndian<Value: FixedWidthInteger>(_ value: Value) {
    for index in (0..<(Value.bitWidth / 8)).reversed() { append(UInt8(truncatingIfNeeded: value >> Value(index * 8))) }
  }
}
