internal import Backplane
internal import HostCode

// The second tier: runs that have proved hot are translated into code of the host.
//
// Every slot of a page of ops has a cell of 4 bytes. Below the threshold it counts how often a run was begun there;
// then it is the place of the block that was made of the run, or `refused`. So what drops ops (`clear`) drops
// translations with them. Blocks are linked only within a page: whatever leads into a page's code from elsewhere comes
// by its cells. Code that is under way when its page is dropped has just stored something, and ends (`mustLeave`).
//
// Nothing here can be seen in any state: a block pays for its steps when it begins and gives back what it leaves
// undone, as the dispatch loop does, and what it can not do itself the engine does for it, one op at a time.

/// Constants of the second tier.
enum Translating {
  /// The cell of a run of which no block can be made.
  static let refused: UInt32 = 4096
  /// The least place of a block.
  static let firstCode: UInt32 = 8192
  /// Operations of a block, at most.
  static let operationCountMax = 1024
  /// Instructions of a block, at most.
  static let instructionCountMax = 128
  /// Bytes of generated code of one machine, at most; then all of it is made anew as needed.
  static let byteCountMax = 64 << 20
  /// How often the interpreter executes a run before it is translated.
  static let threshold: UInt32 = 24

  /// Why generated code was left: `StateLayout.Reasons`, then what `assist` returns.
  enum Reason: UInt32 {
    case near = 1, transfer, budget
    case reconsider, exception, device
  }
}

extension Engine {
  private func translator() -> Unmanaged<HostTranslator>? {
    if let translator = core.pointee.translator { return translator }
    guard
      let made = HostTranslator(
        layout, byteCount: core.pointee.codeByteCount, linksBlocks: !core.pointee.leavesAfterBlock)
    else {
      core.pointee.translates = false
      return nil
    }
    let translator = Unmanaged.passRetained(made)
    core.pointee.translator = translator
    return translator
  }

  /// Runs generated code from `start`, the op for `pc`, whose run has been executed often.
  /// - Returns: the op for `core.pc`, whose run the dispatch loop is to execute next, even if it has been translated;
  ///   or `nil` when the loop is to return `core.translatedExit`.
  @inline(never)
  func runTranslated(from start: UnsafeMutableRawPointer, pc: UInt64) -> UnsafeMutableRawPointer? {
    let c = core
    c.pointee.pc = pc
    var ip = start
    var site: UInt32 = 0
    while true {
      let cell = Op.cell(of: ip)
      if cell.pointee < Translating.firstCode {
        if cell.pointee < c.pointee.threshold { cell.pointee &+= 1 }
        guard cell.pointee >= c.pointee.threshold, cell.pointee != Translating.refused,
          translate(ip, &site)
        else { return ip }
      }
      guard let translator = c.pointee.translator else { return ip }
      let place = cell.pointee
      if site != 0 { link(site, to: place, ops: ip - Int((c.pointee.pc & 0xffe) &<< 3)) }
      c.pointee.pageBase = c.pointee.pc & ~4095
      c.pointee.pageOps = ip - Int((c.pointee.pc & 0xffe) &<< 3)
      let before = c.pointee.stepsLeft
      let reason = translator._withUnsafeGuaranteedRef { $0.enter(c, place) }
      c.pointee.translatedSteps &+= UInt64(bitPattern: Int64(before &- c.pointee.stepsLeft))
      site = 0
      if c.pointee.leavesAfterBlock { c.pointee.attention = true }
      switch Translating.Reason(rawValue: reason) {
      case .near where c.pointee.leavesAfterBlock, .transfer where c.pointee.leavesAfterBlock:
        return leave(.reconsider)
      case .near:
        ip = c.pointee.pageOps + Int((c.pointee.pc & 0xffe) &<< 3)
        site = c.pointee.site
      case .transfer:
        // Looking the target up may set an accessed bit or fault, which belong to the next step.
        guard c.pointee.stepsLeft > 0, c.pointee.cyclesLeft > 0 else { return leave(.reconsider) }
        guard let found = locate(c.pointee.pc) else { return leave(.exception) }
        ip = UnsafeMutableRawPointer(found)
      case .budget:
        return c.pointee.pageOps + Int((c.pointee.pc & 0xffe) &<< 3)
      case .exception: return leave(.exception)
      case .device: return leave(.device)
      case .reconsider, nil: return leave(.reconsider)
      }
    }
  }

  @inline(never)
  private func link(_ site: UInt32, to place: UInt32, ops: UnsafeMutableRawPointer) {
    let place = core.pointee.fault?.linked(place, ops) ?? place
    core.pointee.translator?._withUnsafeGuaranteedRef { $0.link(site, to: place) }
  }

  private func leave(_ exit: Exit) -> UnsafeMutableRawPointer? {
    core.pointee.translatedExit = exit
    return nil
  }

  /// Makes a block of the run at `head`, the op for `core.pc`. `site` becomes 0 when it has become void.
  /// - Returns: whether there is one now.
  private func translate(_ head: UnsafeMutableRawPointer, _ site: inout UInt32) -> Bool {
    guard let translator = translator() else { return false }
    let op = head.assumingMemoryBound(to: Op.self)
    if op.pointee.code == .undecoded { decodeRun(op, pc: core.pointee.pc) }
    let place = translator._withUnsafeGuaranteedRef { host in
      var count = lower(op, place: Int(core.pointee.pc & 0xffe), for: host)
      guard count > 0 else { return Translating.refused }
      if let fault = core.pointee.fault {
        count = fault.spoil(core.pointee.operations, count)
      }
      var place = host.translate(core.pointee.operations, count)
      if place == 0 {
        site = 0
        dropBlocks()
        host.flush()
        place = host.translate(core.pointee.operations, count)
      }
      if let fault = core.pointee.fault { host.withBlock(at: place, fault.spoil) }
      return place
    }
    Op.cell(of: head).pointee = place
    return place >= Translating.firstCode
  }

  /// Forgets all blocks; runs are counted from zero.
  private func dropBlocks() {
    for array in 0..<core.pointee.opArraysUsed {
      let cells = core.pointee.opArrays + array * Op.pageBytes + Op.cellsDistance
      cells.initializeMemory(as: UInt8.self, repeating: 0, count: Op.cellBytes)
    }
  }

  /// See `BoardCaches`.
  var statistics: EngineStatistics {
    var statistics = EngineStatistics()
    statistics.translatedSteps = core.pointee.translatedSteps
    statistics.translatedInstructions = core.pointee.translatedInstructions
    guard let translator = core.pointee.translator else { return statistics }
    translator._withUnsafeGuaranteedRef { host in
      (statistics.blocks, statistics.flushes) = (host.blockCount, host.flushCount)
      (statistics.hotBytes, statistics.coldBytes) = (host.hotByteCount, host.coldByteCount)
    }
    return statistics
  }

  // MARK: What generated code calls

  private static let helper: @convention(c) (UnsafeMutableRawPointer, UInt32, UInt32) -> UInt32 = {
    Engine(core: $0.assumingMemoryBound(to: Core.self)).assist(token: $1, cycles: $2)
  }

  /// Executes the op at the slot in the low half of `token`, of the page under way. Its high half and `cycles` are what
  /// the block has paid from this op on.
  /// - Returns: 0 to go on behind it, else why the block ends.
  private func assist(token: UInt32, cycles: UInt32) -> UInt32 {
    let c = core
    let slot = Int(token & 0xffff)
    // A copy: dropping code clears the ops.
    let op = c.pointee.pageOps.load(fromByteOffset: slot * 16, as: Op.self)
    c.pointee.pc = c.pointee.pageBase &+ UInt64(slot * 2)
    let isSystem = op.code == .system
    if isSystem, readTime(op) { return 0 }
    let reason: Translating.Reason
    switch op.code.isMemoryAccess ? slowMemory(op) : general(op) {
    case .next, .nextRun: return 0
    case .leave where isSystem && goesOn(behind: op): return 0
    case .leave:
      c.pointee.pc &+= UInt64(op.stride &>> 3)
      c.pointee.stepsLeft &+= Int(token >> 16) &- 1
      c.pointee.cyclesLeft &+= Int(cycles) &- Int(cost(op))
      return Translating.Reason.reconsider.rawValue
    case .transfer: return Translating.Reason.reconsider.rawValue
    case .exception: reason = .exception
    case .device: reason = .device
    }
    c.pointee.stepsLeft &+= Int(token >> 16)
    c.pointee.cyclesLeft &+= Int(cycles)
    return reason.rawValue
  }

  // MARK: Where things are

  private var layout: StateLayout {
    func offset<Value>(_ path: KeyPath<Core, Value>) -> Int32 {
      guard let offset = MemoryLayout<Core>.offset(of: path) else {
        preconditionFailure("the core's fields are stored in it")
      }
      return Int32(offset)
    }
    var layout = StateLayout()
    let floats = Int32(UnsafeRawPointer(core.pointee.f) - UnsafeRawPointer(core.pointee.x))
    layout.slotDistances = (0..<Int32(RegisterSlot.count)).map { $0 <= 32 ? $0 * 8 : floats + ($0 - 33) * 8 }
    // a0 to a5, sp, s0: those that compilers use most.
    layout.favouriteSlots = [10, 11, 12, 13, 14, 15, 2, 8]
    (layout.zeroSlot, layout.discardSlot) = (0, 32)
    // fa0 to fa7, ft0 to ft3, fs0, fs1.
    layout.favouriteFloatSlots = [10, 11, 12, 13, 14, 15, 16, 17, 0, 1, 2, 3, 8, 9].map { RegisterSlot.f0 + $0 }
    layout.firstFloatSlot = RegisterSlot.f0
    layout.context.cyclesThen = offset(\.cycles)
    layout.context.cyclesLeftThen = offset(\.cycleBudget)
    layout.context.clockIsReadable = offset(\.clockIsReadable)
    layout.context.clockNumerator = offset(\.clockNumerator)
    layout.context.clockDenominator = offset(\.clockDenominator)
    layout.context.clockOffset = offset(\.clockOffset)
    layout.context.floatIsReady = offset(\.floatIsReady)
    layout.context.floatIsActive = offset(\.floatIsActive)
    layout.context.floatFlags = offset(\.floatFlags)
    layout.context.scratch = offset(\.hostScratch)
    layout.context.state = offset(\.x)
    layout.context.stepsLeft = offset(\.stepsLeft)
    layout.context.cyclesLeft = offset(\.cyclesLeft)
    layout.context.programCounter = offset(\.pc)
    layout.context.pageBase = offset(\.pageBase)
    layout.context.pageTable = offset(\.pageOps)
    layout.context.site = offset(\.site)
    layout.context.readTable = offset(\.readEntries)
    layout.context.writeTable = offset(\.writeEntries)
    layout.context.fetchTable = offset(\.fetchEntries)
    layout.translationTable.indexBits = UInt8(Core.translationBits)
    layout.cellsDistance = Int32(Op.cellsDistance)
    layout.firstCode = Translating.firstCode
    layout.helper = unsafeBitCast(Self.helper, to: UInt.self)
    return layout
  }
}

/// The slots of generated code: `x0` to `x31`, the sink, `f0` to `f31`.
enum RegisterSlot {
  static let sink: UInt8 = 32
  static let f0: UInt8 = 33
  static let count = 65
}
