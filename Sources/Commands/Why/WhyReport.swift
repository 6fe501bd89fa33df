internal import Backplane
internal import Debugger
internal import VirtualTime

/// Where a value came from, as JSON: see Documentation/JSON.md.
struct WhyReport: Encodable, Equatable {
  var schema = "reprise/why/1"
  let step: UInt64
  let cycle: UInt64
  let depth: Int
  let nodeCount: Int
  let isCut: Bool
  let value: WhyValue

  init(_ tree: WhyTree, clockHertz: UInt64) {
    (step, cycle) = (tree.moment.step.count, tree.moment.cycle.count)
    (depth, nodeCount, isCut) = (tree.options.depth, tree.nodeCount, tree.isCut)
    value = WhyValue(tree.root, clockHertz: clockHertz)
  }
}

/// One value.
struct WhyValue: Encodable, Equatable {
  struct Piece: Encodable, Equatable {
    let virtualAddress: String
    let physicalAddress: String
    let byteCount: Int
  }

  struct Input: Encodable, Equatable {
    let step: UInt64
    let cycle: UInt64
    let byte: UInt8
    let isCertain: Bool
  }

  struct Writer: Encodable, Equatable {
    let kind: String
    let step: UInt64
    let cycle: UInt64
    let guestNanoseconds: UInt64
    let hart: Int
    let privilege: String
    let pc: String
    let symbol: String?
    let instruction: String?
    let before: String
    var trap: String?
    var walkAddress: String?
  }

  let number: Int
  let name: String
  let memory: [Piece]?
  let symbol: String?
  let value: String?
  let isAddress: Bool
  let origin: String
  /// The same in words, for people.
  let description: String
  var writer: Writer?
  var role: String?
  var image: String?
  var offset: String?
  var device: String?
  var input: Input?
  var sameAs: Int?
  let sources: [WhyValue]

  init(_ node: WhyNode, clockHertz: UInt64) {
    (number, name, symbol, isAddress) = (node.number, node.name, node.symbol, node.isAddress)
    memory =
      node.memory.isEmpty
      ? nil
      : node.memory.map {
        Piece(
          virtualAddress: Show.address($0.virtualAddress), physicalAddress: Show.address($0.physicalAddress),
          byteCount: $0.byteCount)
      }
    value = node.value.isEmpty ? nil : Self.text(node.value)
    sources = node.sources.map { WhyValue($0, clockHertz: clockHertz) }
    (origin, description) = (Self.name(of: node.origin), node.originText)
    switch node.origin {
    case .written(let found), .pieces(let found?): writer = Self.writer(found, clockHertz)
    case .start(.memory(.image(let found, let name, let place))):
      (role, image, offset) = (found, name, Show.address(place))
    case .start(.memory(.made(let name, let place))): (role, offset) = (name, Show.address(place))
    case .device(let name, let place, _, let entered):
      (device, offset) = (name, Show.address(place))
      input = entered.map {
        Input(
          step: $0.moment.step.count, cycle: $0.moment.cycle.count, byte: $0.byte, isCertain: $0.isCertain)
      }
    case .line(let name): device = name
    case .seen(let other): sameAs = other
    default: break
    }
  }

  private static func name(of origin: WhyOrigin) -> String {
    switch origin {
    case .written: "written"
    case .pieces: "pieces"
    case .start(.powerOn): "power-on"
    case .start(.trace): "trace-start"
    case .start(.memory(.image)): "image"
    case .start(.memory(.made)): "board"
    case .start(.memory(.zero)): "zero"
    case .start(.memory(.unknown)): "power-on"
    case .constant: "constant"
    case .device: "device"
    case .line: "interrupt-line"
    case .counter: "counter"
    case .wires: "wires"
    case .fixed: "fixed"
    case .other: "other"
    case .seen: "seen"
    case .unfollowed(let limit): "unfollowed-\(limit.rawValue)"
    }
  }

  private static func writer(_ writer: WhyWriter, _ clockHertz: UInt64) -> Writer {
    var (kind, trap, address): (String, String?, String?) = ("instruction", nil, nil)
    switch writer.kind {
    case .instruction: break
    case .trap(let name, let isInterrupt): (kind, trap) = (isInterrupt ? "interrupt" : "exception", name)
    case .walk(let virtual): (kind, address) = ("walk", Show.address(virtual))
    }
    return Writer(
      kind: kind, step: writer.moment.step.count, cycle: writer.moment.cycle.count,
      guestNanoseconds: Length(writer.moment, clockHertz: clockHertz).guestNanoseconds, hart: writer.hart,
      privilege: writer.privilege, pc: Show.address(writer.programCounter), symbol: writer.symbol,
      instruction: writer.instruction?.split(separator: "\t").joined(separator: " "), before: text(writer.before),
      trap: trap, walkAddress: address)
  }

  /// A number when there are at most eight bytes; otherwise the bytes as they lie in memory.
  private static func text(_ bytes: [UInt8]) -> String {
    guard bytes.count > 8 else { return Show.address(bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }) }
    return Show.hexadecimal(bytes)
  }
}
