internal import Backplane
internal import HostCode

// A run of ops as a list of operations for the host's translator.

extension Engine {
  /// Lists what the run at `head` does, which stands at `place` in its page, in `core.operations`.
  /// - Returns: how many operations there are; 0 when no block can be made of the run.
  func lower(_ head: UnsafeMutablePointer<Op>, place: Int, for host: HostTranslator) -> Int {
    // The block ends with the run, or before what cannot be part of one.
    var end = head
    var count = 0
    var endsRun = false
    while count < Translating.instructionCountMax, isTranslatable(end.pointee, host) {
      endsRun = end.pointee.code.endsRun
      end = UnsafeMutableRawPointer(end).advanced(by: Int(end.pointee.stride)).assumingMemoryBound(to: Op.self)
      count += 1
      if endsRun { break }
    }
    guard count > 0 else { return 0 }
    core.pointee.translatedInstructions &+= UInt64(count)
    var list = OperationList(core.pointee.operations, host)
    list.isPaidFor(steps: endsRun ? 0 : end.pointee.runSteps, cycles: endsRun ? 0 : end.pointee.runCycles)
    list.charge(head.pointee, place: place)
    var op = head
    var place = place
    while op != end {
      list.place = place
      list.append(op.pointee)
      place += Int(op.pointee.stride) / 8
      op = UnsafeMutableRawPointer(op).advanced(by: Int(op.pointee.stride)).assumingMemoryBound(to: Op.self)
    }
    if !endsRun {
      list.place = place
      list.goOn(place)
    }
    return list.count
  }

  private func isTranslatable(_ op: Op, _ host: HostTranslator) -> Bool {
    switch op.code {
    case .undecoded, .pageEnd, .straddle, .singleStepEnd: false
    case .clz: host.supports(.leadingZeros)
    case .clzw: host.supports(.leadingZerosWord)
    case .ctz: host.supports(.trailingZeros)
    case .ctzw: host.supports(.trailingZerosWord)
    case .cpop: host.supports(.ones)
    case .cpopw: host.supports(.onesWord)
    default: true
    }
  }
}

/// Operations in the making.
struct OperationList {
  private let start: UnsafeMutablePointer<MicroOperation>
  private(set) var count = 0
  /// What the sums of ops tell of beyond the end of the block.
  private var stepsBehind: UInt16 = 0
  private var cyclesBehind: UInt32 = 0
  /// The place in the page of the op that is appended.
  var place = 0

  private let host: HostTranslator

  init(_ start: UnsafeMutablePointer<MicroOperation>, _ host: HostTranslator) {
    (self.start, self.host) = (start, host)
  }

  /// The block pays for no more than the run up to an op with these sums.
  mutating func isPaidFor(steps: UInt16, cycles: UInt32) { (stepsBehind, cyclesBehind) = (steps, cycles) }

  private mutating func add(_ operation: MicroOperation) {
    precondition(count < Translating.operationCountMax, "a block has a greatest size")
    start[count] = operation
    count += 1
  }

  mutating func charge(_ head: Op, place: Int) {
    var operation = MicroOperation(.charge, immediate: Int64(place))
    operation.steps = head.runSteps - stepsBehind
    operation.cycles = head.runCycles - cyclesBehind
    add(operation)
  }

  /// Goes on at `place`, which may be the end of the page.
  mutating func goOn(_ place: Int) {
    if place < Int(Memory.pageSize) { goInside(place) } else { goOutside(place) }
  }

  /// Goes on at the place `target` of the page.
  mutating func goInside(_ target: Int) { add(MicroOperation(.goNear, immediate: Int64(target))) }

  /// Goes on so many bytes from the start of the page.
  mutating func goOutside(_ distance: Int) { add(MicroOperation(.goFar, immediate: Int64(distance))) }

  /// Appends what `op` does.
  mutating func append(_ op: Op) {
    let immediate = Int64(op.immediate)
    switch op.code {
    case .nop: break
    case .lui: add(MicroOperation(.constant, d: op.rd, immediate: immediate))
    case .auipc: add(MicroOperation(.place, d: op.rd, immediate: immediate + Int64(place)))
    case .addi where op.rs1 == 0: add(MicroOperation(.constant, d: op.rd, immediate: immediate))
    case .addi where op.immediate == 0: add(MicroOperation(.move, d: op.rd, a: op.rs1))
    case .add where op.rs1 == 0: add(MicroOperation(.move, d: op.rd, a: op.rs2))
    case .add where op.rs2 == 0: add(MicroOperation(.move, d: op.rd, a: op.rs1))
    default:
      if let kind = op.code.immediateKind {
        add(
          MicroOperation(
            kind, d: op.rd, a: op.rs1, b: MicroOperation.immediateOperand, immediate: immediate))
      } else if let (kind, width) = op.code.registerKind {
        var operation = MicroOperation(kind, d: op.rd, a: op.rs1, b: op.rs2, immediate: immediate)
        operation.width = width
        add(operation)
      } else if let (kind, width) = op.code.accessKind {
        access(op, kind, width)
      } else if !float(op) {
        transfer(op)
      }
    }
  }

  private mutating func access(_ op: Op, _ kind: MicroOperation.Kind, _ width: UInt8) {
    var operation = paid(kind, op)
    (operation.d, operation.a, operation.b) = (op.rd, op.rs1, op.rs2)
    operation.immediate = Int64(op.immediate)
    operation.width = width
    add(operation)
  }

  /// An operation that may have to give back what was paid from `op` on.
  private func paid(_ kind: MicroOperation.Kind, _ op: Op) -> MicroOperation {
    var operation = MicroOperation(kind)
    operation.token = UInt16(place / 2)
    operation.steps = op.runSteps - stepsBehind
    operation.cycles = op.runCycles - cyclesBehind
    return operation
  }

  /// Appends what `op` does, if it is floating point that the host can do.
  private mutating func float(_ op: Op) -> Bool {
    var kind: MicroOperation.Kind
    var width: UInt8
    switch op.code {
    case .flw, .fld: (kind, width) = (.floatLoad, op.code == .flw ? 4 : 8)
    case .fsw, .fsd: (kind, width) = (.floatStore, op.code == .fsw ? 4 : 8)
    case .system: return false
    default:
      guard let found = Operation(rawValue: op.extra)?.floatKind(rounding: UInt8(op.immediate & 7)),
        host.supports(found.0)
      else { return false }
      (kind, width) = found
    }
    var begin = paid(.floatBegin, op)
    begin.immediate = Int64(place)
    add(begin)
    var operation = paid(kind, op)
    let shape = kind.floatShape
    operation.d = shape.isIntegerResult ? (op.rd == 0 ? RegisterSlot.sink : op.rd) : RegisterSlot.f0 + op.rd
    operation.a = shape.isIntegerSource ? op.rs1 : RegisterSlot.f0 + op.rs1
    operation.b = RegisterSlot.f0 + op.rs2
    if kind == .floatLoad || kind == .floatStore {
      operation.immediate = Int64(op.immediate)
    } else {
      operation.extra = RegisterSlot.f0 + UInt8(op.immediate >> 8 & 31)
    }
    operation.width = width
    add(operation)
    return true
  }

  private mutating func transfer(_ op: Op) {
    let near = place + Int(op.immediate) / 8
    let far = place + Int(op.immediate)
    let next = place + Int(op.stride) / 8
    if let condition = op.code.condition {
      var operation = MicroOperation(op.code.far == op.code ? .branchFar : .branchNear, a: op.rs1, b: op.rs2)
      operation.immediate = Int64(operation.kind == .branchFar ? far : near)
      operation.width = condition.rawValue
      add(operation)
      return goOn(next)
    }
    switch op.code {
    case .jump: goInside(near)
    case .farJump: goOutside(far)
    case .jumpLink, .farJumpLink:
      add(MicroOperation(.place, d: op.rd, immediate: Int64(next)))
      if op.code == .jumpLink { goInside(near) } else { goOutside(far) }
    case .jalr:
      var operation = MicroOperation(.goIndirect, d: op.rd, a: op.rs1, immediate: Int64(op.immediate))
      operation.token = UInt16(next)
      add(operation)
    default:
      if op.readsTime {
        var operation = paid(.clock, op)
        operation.d = op.rd == 0 ? RegisterSlot.sink : op.rd
        add(operation)
      } else {
        add(paid(.assist, op))
      }
      if op.code == .system { goOn(next) }
    }
  }
}
