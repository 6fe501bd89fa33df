internal import Bits
internal import SoftFloat

// The dispatch loop: the heart of the interpreter, one case an op. It is one function on purpose: its locals stay in
// registers, and its switch is the jump table. What is not a line or two is elsewhere.

private let signBit: UInt64 = 1 << 63

extension Engine {
  /// Runs from `core.pc` until the budget does not suffice, or something comes up that is not for this loop.
  func dispatch() -> Exit {
    guard let op = locate(core.pointee.pc) else { return .exception }
    return core.pointee.translates ? dispatchTranslating(from: op) : dispatch(from: op)
  }

  /// `dispatch`, never in generated code.
  @inline(never)
  func dispatch(from start: UnsafeMutablePointer<Op>) -> Exit { dispatch(from: start, translates: false) }

  /// `dispatch`, in generated code where there is some.
  @inline(never)
  private func dispatchTranslating(from start: UnsafeMutablePointer<Op>) -> Exit {
    dispatch(from: start, translates: true)
  }

  /// What the slow part of the loop is to do.
  private enum Slow {
    case memory, general, transfer, decode
  }

  /// Runs from `start`, the op for `core.pc`. A run is paid for as a whole when it begins; whoever leaves it early gets
  /// the rest back, so that steps and cycles are exact at every way out.
  @inline(__always)
  private func dispatch(from start: UnsafeMutablePointer<Op>, translates: Bool) -> Exit {
    let c = core
    let x = c.pointee.x
    let f = c.pointee.f
    let reads = UnsafeRawPointer(c.pointee.readEntries)
    let writes = UnsafeRawPointer(c.pointee.writeEntries)
    let flags = c.pointee.floatFlags
    let threshold = c.pointee.threshold
    var stepsLeft = c.pointee.stepsLeft
    var cyclesLeft = c.pointee.cyclesLeft
    var ip = UnsafeMutableRawPointer(start)
    // What to add to an op's address, divided by 8, to get the address of its instruction.
    var bias = c.pointee.pc &- UInt64(UInt(bitPattern: ip)) >> 3
    var target: UInt64 = 0
    var kind = Slow.memory
    var exit = Exit.reconsider

    charge: while true {
      if translates {
        let cell = Op.cell(of: ip)
        if cell.pointee < threshold {
          cell.pointee &+= 1
        } else {
          c.pointee.stepsLeft = stepsLeft
          c.pointee.cyclesLeft = cyclesLeft
          guard let next = runTranslated(from: ip, pc: address(bias, ip)) else { return c.pointee.translatedExit }
          stepsLeft = c.pointee.stepsLeft
          cyclesLeft = c.pointee.cyclesLeft
          ip = next
          bias = c.pointee.pc &- UInt64(UInt(bitPattern: ip)) >> 3
        }
      }
      let head = ip.assumingMemoryBound(to: Op.self)
      stepsLeft &-= Int(head.pointee.runSteps)
      cyclesLeft &-= Int(head.pointee.runCycles)
      if stepsLeft | cyclesLeft < 0 {
        stepsLeft &+= Int(head.pointee.runSteps)
        cyclesLeft &+= Int(head.pointee.runCycles)
        exit = .singleStep
        break charge
      }
      resume: while true {
        inner: while true {
          let op = ip.assumingMemoryBound(to: Op.self)
          switch op.pointee.code {
          case .nop: break
          case .lui: x[Int(op.pointee.rd)] = immediate(op)
          case .auipc: x[Int(op.pointee.rd)] = address(bias, ip) &+ immediate(op)
          case .addi: x[Int(op.pointee.rd)] = x[Int(op.pointee.rs1)] &+ immediate(op)
          case .slti: x[Int(op.pointee.rd)] = signed(x[Int(op.pointee.rs1)]) < signed(immediate(op)) ? 1 : 0
          case .sltiu: x[Int(op.pointee.rd)] = x[Int(op.pointee.rs1)] < immediate(op) ? 1 : 0
          case .xori: x[Int(op.pointee.rd)] = x[Int(op.pointee.rs1)] ^ immediate(op)
          case .ori: x[Int(op.pointee.rd)] = x[Int(op.pointee.rs1)] | immediate(op)
          case .andi: x[Int(op.pointee.rd)] = x[Int(op.pointee.rs1)] & immediate(op)
          case .slli: x[Int(op.pointee.rd)] = x[Int(op.pointee.rs1)] &<< immediate(op)
          case .srli: x[Int(op.pointee.rd)] = x[Int(op.pointee.rs1)] &>> immediate(op)
          case .srai: x[Int(op.pointee.rd)] = unsigned(signed(x[Int(op.pointee.rs1)]) &>> signed(immediate(op)))
          case .addiw: x[Int(op.pointee.rd)] = word(x[Int(op.pointee.rs1)] &+ immediate(op))
          case .slliw: x[Int(op.pointee.rd)] = word(x[Int(op.pointee.rs1)] &<< immediate(op))
          case .srliw:
            x[Int(op.pointee.rd)] = word(low(x[Int(op.pointee.rs1)]) &>> UInt32(truncatingIfNeeded: immediate(op)))
          case .sraiw:
            x[Int(op.pointee.rd)] = word(signedLow(x[Int(op.pointee.rs1)]) &>> Int32(truncatingIfNeeded: immediate(op)))
          case .add: x[Int(op.pointee.rd)] = x[Int(op.pointee.rs1)] &+ x[Int(op.pointee.rs2)]
          case .sub: x[Int(op.pointee.rd)] = x[Int(op.pointee.rs1)] &- x[Int(op.pointee.rs2)]
          case .sll: x[Int(op.pointee.rd)] = x[Int(op.pointee.rs1)] &<< x[Int(op.pointee.rs2)]
          case .slt: x[Int(op.pointee.rd)] = signed(x[Int(op.pointee.rs1)]) < signed(x[Int(op.pointee.rs2)]) ? 1 : 0
          case .sltu: x[Int(op.pointee.rd)] = x[Int(op.pointee.rs1)] < x[Int(op.pointee.rs2)] ? 1 : 0
          case .xor: x[Int(op.pointee.rd)] = x[Int(op.pointee.rs1)] ^ x[Int(op.pointee.rs2)]
          case .srl: x[Int(op.pointee.rd)] = x[Int(op.pointee.rs1)] &>> x[Int(op.pointee.rs2)]
          case .sra: x[Int(op.pointee.rd)] = unsigned(signed(x[Int(op.pointee.rs1)]) &>> signed(x[Int(op.pointee.rs2)]))
          case .or: x[Int(op.pointee.rd)] = x[Int(op.pointee.rs1)] | x[Int(op.pointee.rs2)]
          case .and: x[Int(op.pointee.rd)] = x[Int(op.pointee.rs1)] & x[Int(op.pointee.rs2)]
          case .addw: x[Int(op.pointee.rd)] = word(x[Int(op.pointee.rs1)] &+ x[Int(op.pointee.rs2)])
          case .subw: x[Int(op.pointee.rd)] = word(x[Int(op.pointee.rs1)] &- x[Int(op.pointee.rs2)])
          case .sllw: x[Int(op.pointee.rd)] = word(low(x[Int(op.pointee.rs1)]) &<< low(x[Int(op.pointee.rs2)]))
          case .srlw: x[Int(op.pointee.rd)] = word(low(x[Int(op.pointee.rs1)]) &>> low(x[Int(op.pointee.rs2)]))
          case .sraw:
            x[Int(op.pointee.rd)] = word(signedLow(x[Int(op.pointee.rs1)]) &>> signedLow(x[Int(op.pointee.rs2)]))
          case .mul: x[Int(op.pointee.rd)] = x[Int(op.pointee.rs1)] &* x[Int(op.pointee.rs2)]
          case .mulh: x[Int(op.pointee.rd)] = mulh(x[Int(op.pointee.rs1)], x[Int(op.pointee.rs2)])
          case .mulhsu: x[Int(op.pointee.rd)] = mulhsu(x[Int(op.pointee.rs1)], x[Int(op.pointee.rs2)])
          case .mulhu: x[Int(op.pointee.rd)] = mulhu(x[Int(op.pointee.rs1)], x[Int(op.pointee.rs2)])
          case .div: x[Int(op.pointee.rd)] = div(x[Int(op.pointee.rs1)], x[Int(op.pointee.rs2)])
          case .divu: x[Int(op.pointee.rd)] = divu(x[Int(op.pointee.rs1)], x[Int(op.pointee.rs2)])
          case .rem: x[Int(op.pointee.rd)] = rem(x[Int(op.pointee.rs1)], x[Int(op.pointee.rs2)])
          case .remu: x[Int(op.pointee.rd)] = remu(x[Int(op.pointee.rs1)], x[Int(op.pointee.rs2)])
          case .divw: x[Int(op.pointee.rd)] = divw(x[Int(op.pointee.rs1)], x[Int(op.pointee.rs2)])
          case .divuw: x[Int(op.pointee.rd)] = divuw(x[Int(op.pointee.rs1)], x[Int(op.pointee.rs2)])
          case .remw: x[Int(op.pointee.rd)] = remw(x[Int(op.pointee.rs1)], x[Int(op.pointee.rs2)])
          case .remuw: x[Int(op.pointee.rd)] = remuw(x[Int(op.pointee.rs1)], x[Int(op.pointee.rs2)])
          case .mulw: x[Int(op.pointee.rd)] = word(x[Int(op.pointee.rs1)] &* x[Int(op.pointee.rs2)])
          case .addUw: x[Int(op.pointee.rd)] = UInt64(low(x[Int(op.pointee.rs1)])) &+ x[Int(op.pointee.rs2)]
          case .sh1add: x[Int(op.pointee.rd)] = (x[Int(op.pointee.rs1)] &<< 1) &+ x[Int(op.pointee.rs2)]
          case .sh1addUw: x[Int(op.pointee.rd)] = (UInt64(low(x[Int(op.pointee.rs1)])) &<< 1) &+ x[Int(op.pointee.rs2)]
          case .sh2add: x[Int(op.pointee.rd)] = (x[Int(op.pointee.rs1)] &<< 2) &+ x[Int(op.pointee.rs2)]
          case .sh2addUw: x[Int(op.pointee.rd)] = (UInt64(low(x[Int(op.pointee.rs1)])) &<< 2) &+ x[Int(op.pointee.rs2)]
          case .sh3add: x[Int(op.pointee.rd)] = (x[Int(op.pointee.rs1)] &<< 3) &+ x[Int(op.pointee.rs2)]
          case .sh3addUw: x[Int(op.pointee.rd)] = (UInt64(low(x[Int(op.pointee.rs1)])) &<< 3) &+ x[Int(op.pointee.rs2)]
          case .slliUw: x[Int(op.pointee.rd)] = UInt64(low(x[Int(op.pointee.rs1)])) &<< immediate(op)
          case .andn: x[Int(op.pointee.rd)] = x[Int(op.pointee.rs1)] & ~x[Int(op.pointee.rs2)]
          case .orn: x[Int(op.pointee.rd)] = x[Int(op.pointee.rs1)] | ~x[Int(op.pointee.rs2)]
          case .xnor: x[Int(op.pointee.rd)] = ~(x[Int(op.pointee.rs1)] ^ x[Int(op.pointee.rs2)])
          case .clz: x[Int(op.pointee.rd)] = UInt64(x[Int(op.pointee.rs1)].leadingZeroBitCount)
          case .ctz: x[Int(op.pointee.rd)] = UInt64(x[Int(op.pointee.rs1)].trailingZeroBitCount)
          case .cpop: x[Int(op.pointee.rd)] = UInt64(x[Int(op.pointee.rs1)].nonzeroBitCount)
          case .clzw: x[Int(op.pointee.rd)] = UInt64(low(x[Int(op.pointee.rs1)]).leadingZeroBitCount)
          case .ctzw: x[Int(op.pointee.rd)] = UInt64(low(x[Int(op.pointee.rs1)]).trailingZeroBitCount)
          case .cpopw: x[Int(op.pointee.rd)] = UInt64(low(x[Int(op.pointee.rs1)]).nonzeroBitCount)
          case .max:
            x[Int(op.pointee.rd)] = unsigned(max(signed(x[Int(op.pointee.rs1)]), signed(x[Int(op.pointee.rs2)])))
          case .maxu: x[Int(op.pointee.rd)] = max(x[Int(op.pointee.rs1)], x[Int(op.pointee.rs2)])
          case .min:
            x[Int(op.pointee.rd)] = unsigned(min(signed(x[Int(op.pointee.rs1)]), signed(x[Int(op.pointee.rs2)])))
          case .minu: x[Int(op.pointee.rd)] = min(x[Int(op.pointee.rs1)], x[Int(op.pointee.rs2)])
          case .sextB: x[Int(op.pointee.rd)] = unsigned(Int64(Int8(truncatingIfNeeded: x[Int(op.pointee.rs1)])))
          case .sextH: x[Int(op.pointee.rd)] = unsigned(Int64(Int16(truncatingIfNeeded: x[Int(op.pointee.rs1)])))
          case .zextH: x[Int(op.pointee.rd)] = x[Int(op.pointee.rs1)] & 0xffff
          case .rol: x[Int(op.pointee.rd)] = rotateLeft(x[Int(op.pointee.rs1)], x[Int(op.pointee.rs2)])
          case .ror: x[Int(op.pointee.rd)] = rotateLeft(x[Int(op.pointee.rs1)], 0 &- x[Int(op.pointee.rs2)])
          case .rori: x[Int(op.pointee.rd)] = rotateLeft(x[Int(op.pointee.rs1)], 0 &- immediate(op))
          case .rolw: x[Int(op.pointee.rd)] = word(rotateLeft(low(x[Int(op.pointee.rs1)]), low(x[Int(op.pointee.rs2)])))
          case .rorw:
            x[Int(op.pointee.rd)] = word(rotateLeft(low(x[Int(op.pointee.rs1)]), 0 &- low(x[Int(op.pointee.rs2)])))
          case .roriw: x[Int(op.pointee.rd)] = word(rotateLeft(low(x[Int(op.pointee.rs1)]), 0 &- low(immediate(op))))
          case .orcB: x[Int(op.pointee.rd)] = orCombine(x[Int(op.pointee.rs1)])
          case .rev8: x[Int(op.pointee.rd)] = x[Int(op.pointee.rs1)].byteSwapped
          case .bclr: x[Int(op.pointee.rd)] = x[Int(op.pointee.rs1)] & ~(1 &<< x[Int(op.pointee.rs2)])
          case .bclri: x[Int(op.pointee.rd)] = x[Int(op.pointee.rs1)] & ~(1 &<< immediate(op))
          case .bext: x[Int(op.pointee.rd)] = (x[Int(op.pointee.rs1)] &>> x[Int(op.pointee.rs2)]) & 1
          case .bexti: x[Int(op.pointee.rd)] = (x[Int(op.pointee.rs1)] &>> immediate(op)) & 1
          case .binv: x[Int(op.pointee.rd)] = x[Int(op.pointee.rs1)] ^ (1 &<< x[Int(op.pointee.rs2)])
          case .binvi: x[Int(op.pointee.rd)] = x[Int(op.pointee.rs1)] ^ (1 &<< immediate(op))
          case .bset: x[Int(op.pointee.rd)] = x[Int(op.pointee.rs1)] | (1 &<< x[Int(op.pointee.rs2)])
          case .bseti: x[Int(op.pointee.rd)] = x[Int(op.pointee.rs1)] | (1 &<< immediate(op))
          case .czeroEqz: x[Int(op.pointee.rd)] = x[Int(op.pointee.rs2)] == 0 ? 0 : x[Int(op.pointee.rs1)]
          case .czeroNez: x[Int(op.pointee.rd)] = x[Int(op.pointee.rs2)] != 0 ? 0 : x[Int(op.pointee.rs1)]
          case .lb:
            guard let host = hit(reads, x[Int(op.pointee.rs1)] &+ immediate(op), Int8.self) else {
              kind = .memory; break inner
            }
            x[Int(op.pointee.rd)] = unsigned(Int64(host.load(as: Int8.self)))
          case .lh:
            guard let host = hit(reads, x[Int(op.pointee.rs1)] &+ immediate(op), Int16.self) else {
              kind = .memory; break inner
            }
            x[Int(op.pointee.rd)] = unsigned(Int64(host.load(as: Int16.self)))
          case .lw:
            guard let host = hit(reads, x[Int(op.pointee.rs1)] &+ immediate(op), Int32.self) else {
              kind = .memory; break inner
            }
            x[Int(op.pointee.rd)] = unsigned(Int64(host.load(as: Int32.self)))
          case .ld:
            guard let host = hit(reads, x[Int(op.pointee.rs1)] &+ immediate(op), UInt64.self) else {
              kind = .memory; break inner
            }
            x[Int(op.pointee.rd)] = host.load(as: UInt64.self)
          case .lbu:
            guard let host = hit(reads, x[Int(op.pointee.rs1)] &+ immediate(op), UInt8.self) else {
              kind = .memory; break inner
            }
            x[Int(op.pointee.rd)] = UInt64(host.load(as: UInt8.self))
          case .lhu:
            guard let host = hit(reads, x[Int(op.pointee.rs1)] &+ immediate(op), UInt16.self) else {
              kind = .memory; break inner
            }
            x[Int(op.pointee.rd)] = UInt64(host.load(as: UInt16.self))
          case .lwu:
            guard let host = hit(reads, x[Int(op.pointee.rs1)] &+ immediate(op), UInt32.self) else {
              kind = .memory; break inner
            }
            x[Int(op.pointee.rd)] = UInt64(host.load(as: UInt32.self))
          case .sb:
            guard let host = hit(writes, x[Int(op.pointee.rs1)] &+ immediate(op), UInt8.self) else {
              kind = .memory; break inner
            }
            host.storeBytes(of: UInt8(truncatingIfNeeded: x[Int(op.pointee.rs2)]), as: UInt8.self)
          case .sh:
            guard let host = hit(writes, x[Int(op.pointee.rs1)] &+ immediate(op), UInt16.self) else {
              kind = .memory; break inner
            }
            host.storeBytes(of: UInt16(truncatingIfNeeded: x[Int(op.pointee.rs2)]), as: UInt16.self)
          case .sw:
            guard let host = hit(writes, x[Int(op.pointee.rs1)] &+ immediate(op), UInt32.self) else {
              kind = .memory; break inner
            }
            host.storeBytes(of: UInt32(truncatingIfNeeded: x[Int(op.pointee.rs2)]), as: UInt32.self)
          case .sd:
            guard let host = hit(writes, x[Int(op.pointee.rs1)] &+ immediate(op), UInt64.self) else {
              kind = .memory; break inner
            }
            host.storeBytes(of: UInt64(truncatingIfNeeded: x[Int(op.pointee.rs2)]), as: UInt64.self)
          case .flw:
            guard c.pointee.floatIsReady, let host = hit(reads, x[Int(op.pointee.rs1)] &+ immediate(op), UInt32.self)
            else { kind = .memory; break inner }
            f[Int(op.pointee.rd)] = UInt64(host.load(as: UInt32.self)) | 0xffff_ffff_0000_0000
          case .fld:
            guard c.pointee.floatIsReady, let host = hit(reads, x[Int(op.pointee.rs1)] &+ immediate(op), UInt64.self)
            else { kind = .memory; break inner }
            f[Int(op.pointee.rd)] = host.load(as: UInt64.self)
          case .fsw:
            guard c.pointee.floatIsReady, let host = hit(writes, x[Int(op.pointee.rs1)] &+ immediate(op), UInt32.self)
            else { kind = .memory; break inner }
            host.storeBytes(of: UInt32(truncatingIfNeeded: f[Int(op.pointee.rs2)]), as: UInt32.self)
          case .fsd:
            guard c.pointee.floatIsReady, let host = hit(writes, x[Int(op.pointee.rs1)] &+ immediate(op), UInt64.self)
            else { kind = .memory; break inner }
            host.storeBytes(of: UInt64(truncatingIfNeeded: f[Int(op.pointee.rs2)]), as: UInt64.self)
          case .faddD:
            guard c.pointee.floatIsReady else { kind = .general; break inner }
            f[Int(op.pointee.rd)] = Float64Bits.addFast(
              f[Int(op.pointee.rs1)], f[Int(op.pointee.rs2)], .nearestEven, &flags.pointee)
          case .fsubD:
            guard c.pointee.floatIsReady else { kind = .general; break inner }
            f[Int(op.pointee.rd)] = Float64Bits.subFast(
              f[Int(op.pointee.rs1)], f[Int(op.pointee.rs2)], .nearestEven, &flags.pointee)
          case .fmulD:
            guard c.pointee.floatIsReady else { kind = .general; break inner }
            f[Int(op.pointee.rd)] = Float64Bits.mulFast(
              f[Int(op.pointee.rs1)], f[Int(op.pointee.rs2)], .nearestEven, &flags.pointee)
          case .fmaddD:
            guard c.pointee.floatIsReady else { kind = .general; break inner }
            f[Int(op.pointee.rd)] = Float64Bits.fmaFast(
              f[Int(op.pointee.rs1)], f[Int(op.pointee.rs2)], f[third(op)], .nearestEven, &flags.pointee)
          case .fmsubD:
            guard c.pointee.floatIsReady else { kind = .general; break inner }
            f[Int(op.pointee.rd)] = Float64Bits.fmaFast(
              f[Int(op.pointee.rs1)], f[Int(op.pointee.rs2)], f[third(op)] ^ signBit, .nearestEven, &flags.pointee)
          case .fnmsubD:
            guard c.pointee.floatIsReady else { kind = .general; break inner }
            f[Int(op.pointee.rd)] = Float64Bits.fmaFast(
              f[Int(op.pointee.rs1)] ^ signBit, f[Int(op.pointee.rs2)], f[third(op)], .nearestEven, &flags.pointee)
          case .fnmaddD:
            guard c.pointee.floatIsReady else { kind = .general; break inner }
            f[Int(op.pointee.rd)] = Float64Bits.fmaFast(
              f[Int(op.pointee.rs1)] ^ signBit, f[Int(op.pointee.rs2)], f[third(op)] ^ signBit, .nearestEven,
              &flags.pointee)
          case .beq:
            ip += x[Int(op.pointee.rs1)] == x[Int(op.pointee.rs2)] ? Int(op.pointee.immediate) : Int(op.pointee.stride)
            continue charge
          case .bne:
            ip += x[Int(op.pointee.rs1)] != x[Int(op.pointee.rs2)] ? Int(op.pointee.immediate) : Int(op.pointee.stride)
            continue charge
          case .blt:
            ip +=
              signed(x[Int(op.pointee.rs1)]) < signed(x[Int(op.pointee.rs2)])
              ? Int(op.pointee.immediate) : Int(op.pointee.stride)
            continue charge
          case .bge:
            ip +=
              signed(x[Int(op.pointee.rs1)]) >= signed(x[Int(op.pointee.rs2)])
              ? Int(op.pointee.immediate) : Int(op.pointee.stride)
            continue charge
          case .bltu:
            ip += x[Int(op.pointee.rs1)] < x[Int(op.pointee.rs2)] ? Int(op.pointee.immediate) : Int(op.pointee.stride)
            continue charge
          case .bgeu:
            ip += x[Int(op.pointee.rs1)] >= x[Int(op.pointee.rs2)] ? Int(op.pointee.immediate) : Int(op.pointee.stride)
            continue charge
          case .farBeq:
            if x[Int(op.pointee.rs1)] == x[Int(op.pointee.rs2)] {
              target = address(bias, ip) &+ immediate(op); kind = .transfer; break inner
            }
            ip += Int(op.pointee.stride)
            continue charge
          case .farBne:
            if x[Int(op.pointee.rs1)] != x[Int(op.pointee.rs2)] {
              target = address(bias, ip) &+ immediate(op); kind = .transfer; break inner
            }
            ip += Int(op.pointee.stride)
            continue charge
          case .farBlt:
            if signed(x[Int(op.pointee.rs1)]) < signed(x[Int(op.pointee.rs2)]) {
              target = address(bias, ip) &+ immediate(op); kind = .transfer; break inner
            }
            ip += Int(op.pointee.stride)
            continue charge
          case .farBge:
            if signed(x[Int(op.pointee.rs1)]) >= signed(x[Int(op.pointee.rs2)]) {
              target = address(bias, ip) &+ immediate(op); kind = .transfer; break inner
            }
            ip += Int(op.pointee.stride)
            continue charge
          case .farBltu:
            if x[Int(op.pointee.rs1)] < x[Int(op.pointee.rs2)] {
              target = address(bias, ip) &+ immediate(op); kind = .transfer; break inner
            }
            ip += Int(op.pointee.stride)
            continue charge
          case .farBgeu:
            if x[Int(op.pointee.rs1)] >= x[Int(op.pointee.rs2)] {
              target = address(bias, ip) &+ immediate(op); kind = .transfer; break inner
            }
            ip += Int(op.pointee.stride)
            continue charge
          case .jump:
            ip += Int(op.pointee.immediate)
            continue charge
          case .jumpLink:
            x[Int(op.pointee.rd)] = address(bias, ip) &+ UInt64(op.pointee.stride &>> 3)
            ip += Int(op.pointee.immediate)
            continue charge
          case .farJump:
            target = address(bias, ip) &+ immediate(op)
            kind = .transfer
            break inner
          case .farJumpLink:
            target = address(bias, ip) &+ immediate(op)
            x[Int(op.pointee.rd)] = address(bias, ip) &+ UInt64(op.pointee.stride &>> 3)
            kind = .transfer
            break inner
          case .jalr:
            target = (x[Int(op.pointee.rs1)] &+ immediate(op)) & ~1
            x[Int(op.pointee.rd)] = address(bias, ip) &+ UInt64(op.pointee.stride &>> 3)
            kind = .transfer
            break inner
          case .pageEnd:
            target = address(bias, ip)
            kind = .transfer
            break inner
          case .general, .system:
            kind = .general
            break inner
          case .straddle:
            exit = .singleStep
            break charge
          case .singleStepEnd:
            break charge
          case .undecoded:
            kind = .decode
            break inner
          }
          ip += Int(op.pointee.stride)
        }

        switch kind {
        case .transfer:
          c.pointee.pc = target
          c.pointee.stepsLeft = stepsLeft
          c.pointee.cyclesLeft = cyclesLeft
          // Looking the target up may set an accessed bit or fault, which belong to the next step.
          guard stepsLeft > 0, cyclesLeft > 0 else { return .reconsider }
          guard let found = locate(target) else { return .exception }
          ip = UnsafeMutableRawPointer(found)
          bias = target &- UInt64(UInt(bitPattern: ip)) >> 3
          continue charge
        case .decode:
          decodeRun(ip.assumingMemoryBound(to: Op.self), pc: address(bias, ip))
          continue charge
        case .memory, .general: break
        }

        // A copy: dropping code clears the ops.
        let op = ip.load(as: Op.self)
        c.pointee.pc = address(bias, ip)
        c.pointee.stepsLeft = stepsLeft
        c.pointee.cyclesLeft = cyclesLeft
        switch kind == .memory ? slowMemory(op) : general(op) {
        case .next:
          ip += Int(op.stride)
          continue resume
        case .nextRun:
          ip += Int(op.stride)
          continue charge
        case .leave:
          c.pointee.pc = address(bias, ip) &+ UInt64(op.stride &>> 3)
          stepsLeft &+= Int(op.runSteps) &- 1
          cyclesLeft &+= Int(op.runCycles) &- Int(cost(op))
        case .transfer: break
        case .exception:
          stepsLeft &+= Int(op.runSteps)
          cyclesLeft &+= Int(op.runCycles)
          exit = .exception
        case .device:
          stepsLeft &+= Int(op.runSteps)
          cyclesLeft &+= Int(op.runCycles)
          exit = .device
        }
        c.pointee.stepsLeft = stepsLeft
        c.pointee.cyclesLeft = cyclesLeft
        return exit
      }
    }
    c.pointee.stepsLeft = stepsLeft
    c.pointee.cyclesLeft = cyclesLeft
    c.pointee.pc = address(bias, ip)
    return exit
  }

  /// Cycles of the one instruction of `op`.
  func cost(_ op: Op) -> UInt32 { core.pointee.costs[Int(op.extra)] }
}

// Shorthands of the dispatch loop: all of them a few host instructions.

@inline(__always)
private func address(_ bias: UInt64, _ ip: UnsafeMutableRawPointer) -> UInt64 {
  bias &+ UInt64(UInt(bitPattern: ip)) >> 3
}

@inline(__always)
private func immediate(_ op: UnsafeMutablePointer<Op>) -> UInt64 { UInt64(bitPattern: Int64(op.pointee.immediate)) }

@inline(__always)
private func third(_ op: UnsafeMutablePointer<Op>) -> Int { Int(op.pointee.immediate &>> 8) }

/// The host address for `target` if its translation is cached and it is aligned to `Value`.
@inline(__always)
private func hit<Value: FixedWidthInteger>(
  _ entries: UnsafeRawPointer, _ target: UInt64, _: Value.Type
) -> UnsafeMutableRawPointer? {
  let index = Int(truncatingIfNeeded: target &>> 8) & ((Core.translationCount - 1) &<< 4)
  let aligned = target & (~4095 | UInt64(MemoryLayout<Value>.size &- 1))
  guard entries.load(fromByteOffset: index, as: UInt64.self) == aligned else { return nil }
  let addend = entries.load(fromByteOffset: index &+ 8, as: UInt.self)
  return UnsafeMutableRawPointer(bitPattern: addend &+ UInt(truncatingIfNeeded: target))
}
