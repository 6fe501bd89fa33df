import Boards
import Testing

/// Walks a device-tree blob by the letter of the Devicetree Specification v0.4, chapter 5, and refuses what it forbids.
private struct BlobReader {
  struct Node: Equatable {
    var name: String
    var properties: [Property] = []
    var children: [Node] = []
  }
  struct Property: Equatable {
    var name: String
    var value: [UInt8]
  }
  struct Refusal: Error, Equatable {
    let reason: String
    init(_ reason: String) { self.reason = reason }
  }

  let blob: [UInt8]
  private(set) var position = 0

  init(_ blob: [UInt8]) { self.blob = blob }

  func word(_ offset: Int) throws -> UInt32 {
    guard offset >= 0, offset + 4 <= blob.count else { throw Refusal("a word past the end") }
    return blob[offset..<offset + 4].reduce(0) { $0 << 8 | UInt32($1) }
  }

  func text(_ offset: Int, before end: Int) throws -> String {
    guard offset < end, end <= blob.count, let stop = blob[offset..<end].firstIndex(of: 0) else {
      throw Refusal("a string without end")
    }
    return String(decoding: blob[offset..<stop], as: UTF8.self)
  }

  /// The header's fields by position: see section 5.2.
  func header() throws -> [UInt32] {
    let fields = try (0..<10).map { try word($0 * 4) }
    guard fields[0] == 0xd00d_feed else { throw Refusal("magic") }
    guard fields[1] == UInt32(blob.count) else { throw Refusal("total size") }
    guard fields[5] == 17, fields[6] == 16 else { throw Refusal("version") }
    guard fields[4] % 8 == 0, fields[2] % 4 == 0 else { throw Refusal("alignment") }
    guard fields[2] + fields[9] <= fields[3], fields[3] + fields[8] <= fields[1] else {
      throw Refusal("blocks overlap")
    }
    return fields
  }

  func reservations() throws -> [[UInt64]] {
    var list: [[UInt64]] = []
    var offset = Int(try header()[4])
    while true {
      let words = try (0..<4).map { UInt64(try word(offset + $0 * 4)) }
      if words.allSatisfy({ $0 == 0 }) { return list }
      list.append([words[0] << 32 | words[1], words[2] << 32 | words[3]])
      offset += 16
    }
  }

  mutating func root() throws -> Node {
    let fields = try header()
    position = Int(fields[2])
    guard try take() == 1 else { throw Refusal("no root") }
    let node = try node(fields)
    guard try take() == 9, position == Int(fields[2] + fields[9]) else { throw Refusal("no end") }
    return node
  }

  private mutating func take() throws -> UInt32 {
    defer { position += 4 }
    return try word(position)
  }

  private mutating func node(_ fields: [UInt32]) throws -> Node {
    var node = Node(name: try text(position, before: Int(fields[2] + fields[9])))
    position = (position + node.name.utf8.count + 1 + 3) & ~3
    while true {
      switch try take() {
      case 1: node.children.append(try self.node(fields))
      case 2: return node
      case 3:
        guard node.children.isEmpty else { throw Refusal("a property after a child") }
        let (length, name) = (Int(try take()), Int(try take()))
        guard position + length <= blob.count else { throw Refusal("a value past the end") }
        let value = Array(blob[position..<position + length])
        let end = Int(fields[3] + fields[8])
        node.properties.append(Property(name: try text(Int(fields[3]) + name, before: end), value: value))
        position = (position + length + 3) & ~3
      default: throw Refusal("an unknown token")
      }
    }
  }
}

@Suite struct DeviceTreeTests {
  private let tree = DeviceTreeNode(
    "",
    [
      ("#address-cells", .cell(2)), ("#size-cells", .cell(2)), ("compatible", .texts(["riscv-virtio", "x"])),
      ("model", .text("riscv-virtio,reprise")),
    ],
    children: [
      DeviceTreeNode("chosen", [("bootargs", .text("console=ttyS0")), ("rng-seed", .bytes([1, 2, 3, 4, 5]))]),
      DeviceTreeNode(
        "soc", [("ranges", .present), ("#address-cells", .cell(2))],
        children: [
          DeviceTreeNode(
            "serial@10000000",
            [
              ("reg", .wide([0x1000_0000, 0x100])), ("interrupts-extended", .cells([1, 10])),
              ("compatible", .text("y")),
            ])
        ]),
      DeviceTreeNode("memory@80000000", [("reg", .wide([0x8000_0000, 0x1_0000_0000]))]),
    ])

  @Test func theTreeReadsBack() throws {
    var reader = BlobReader(DeviceTree.blob(root: tree))
    let root = try reader.root()
    #expect(root.name.isEmpty)
    #expect(root.properties.map(\.name) == ["#address-cells", "#size-cells", "compatible", "model"])
    #expect(root.properties[0].value == [0, 0, 0, 2])
    #expect(root.properties[2].value == Array("riscv-virtio\0x\0".utf8))
    #expect(root.children.map(\.name) == ["chosen", "soc", "memory@80000000"])
    #expect(root.children[0].properties[1].value == [1, 2, 3, 4, 5])
    let soc = root.children[1]
    #expect(soc.properties[0] == BlobReader.Property(name: "ranges", value: []))
    #expect(soc.children[0].name == "serial@10000000")
    #expect(soc.children[0].properties[0].value == [0, 0, 0, 0, 0x10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0])
    #expect(soc.children[0].properties[1].value == [0, 0, 0, 1, 0, 0, 0, 10])
    #expect(root.children[2].properties[0].value == [0, 0, 0, 0, 0x80, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0])
  }

  @Test func theHeaderNamesTheBootHartAndTheReservations() throws {
    let reservations = [DeviceTree.Reservation(address: 0x8000_0000, size: 0x20_0000)]
    let reader = BlobReader(DeviceTree.blob(root: tree, bootHart: 3, reservations: reservations))
    #expect(try reader.header()[7] == 3)
    #expect(try reader.reservations() == [[0x8000_0000, 0x20_0000]])
    #expect(try BlobReader(DeviceTree.blob(root: tree)).reservations().isEmpty)
  }

  @Test func eachNameIsStoredOnce() throws {
    let blob = DeviceTree.blob(root: tree)
    let header = try BlobReader(blob).header()
    let strings = blob[Int(header[3])..<Int(header[3] + header[8])].split(separator: 0).map(Array.init)
    #expect(strings.count == Set(strings).count)
    #expect(strings.contains(Array("compatible".utf8)))
  }

  @Test func theSmallestTreeIsExact() {
    let expected: [UInt32] = [
      0xd00d_feed, 72, 56, 72, 40, 17, 16, 0, 0, 16,  // header
      0, 0, 0, 0,  // reservations
      1, 0, 2, 9,  // structure: a root without a name
    ]
    let bytes = expected.flatMap { word in stride(from: 24, through: 0, by: -8).map { UInt8(word >> $0 & 0xff) } }
    #expect(DeviceTree.blob(root: DeviceTreeNode("")) == bytes)
  }

  /// The reader must notice damage, or the tests above say nothing.
  @Test func theReaderRefusesDamage() {
    let blob = DeviceTree.blob(root: tree)
    func isRefused(_ change: (inout [UInt8]) -> Void) -> Bool {
      var damaged = blob
      change(&damaged)
      var reader = BlobReader(damaged)
      return (try? reader.root()) == nil
    }
    #expect(!isRefused { _ in })
    #expect(isRefused { $0[0] = 0 })
    #expect(isRefused { $0.removeLast() })
    #expect(isRefused { $0[23] = 18 })
    #expect(isRefused { $0[59] = 7 })
    #expect(isRefused { $0[39] &-= 4 })
  }
}
