public import Backplane
internal import RISCV
public import VirtualTime

extension Guest {
  /// Echoes what is typed, by interrupts through the PLIC, and counts timer ticks and its own loops in memory; between
  /// interrupts it works and waits. `q` switches it off, `w` has it wait for nothing, for ever.
  public static func echo() -> Guest {
    var guest = GuestAssembler(at: codeBase)
    let handler = guest.label()
    let main = guest.label()
    guest.la(.t0, handler)
    guest.csrw(.mtvec, .t0)
    guest.li(.s1, uart)
    guest.li(.s2, plic)
    guest.li(.s3, plic + 0x20_0000)
    guest.li(.s4, clint + 0x4000)
    guest.li(.s5, resultBase)
    guest.li(.t0, 1)
    guest.store(.sw, .t0, 40, .s2)  // Priority of source 10.
    guest.li(.t1, plic + 0x2000)
    guest.li(.t0, 1 << 10)
    guest.store(.sw, .t0, 0, .t1)  // Enabled for machine mode.
    guest.store(.sw, .zero, 0, .s3)
    guest.li(.t0, 1)
    guest.store(.sb, .t0, 2, .s1)  // FIFOs.
    guest.store(.sb, .t0, 1, .s1)  // An interrupt for each byte received.
    guest.li(.s6, 500)
    guest.store(.sd, .s6, 0, .s4)
    guest.csrw(.mie, value: 1 << 11 | 1 << 7)
    guest.csrs(.mstatus, mask: 8)
    guest.bind(main)
    guest.li(.t0, 200)
    let work = guest.here()
    guest.addi(.t0, .t0, -1)
    guest.load(.ld, .t1, 8, .s5)
    guest.emit(.sh1add, .t1, .t1, .t0)
    guest.store(.sd, .t1, 8, .s5)
    guest.branch(.bne, .t0, .zero, work)
    guest.emit(.wfi)
    guest.jump(main)
    appendEchoHandler(&guest, handler)
    return Guest(code: guest.finish())
  }

  /// Sends one byte and waits for nothing.
  public static func lastWord() -> Guest {
    var guest = GuestAssembler(at: codeBase)
    guest.li(.t0, uart)
    guest.store(.sb, .t0, 0, .t0)
    guest.emit(.wfi)
    return Guest(code: guest.finish())
  }

  private static func appendEchoHandler(_ guest: inout GuestAssembler, _ handler: GuestAssembler.Label) {
    let isTimer = guest.label()
    let done = guest.label()
    let full = guest.label()
    let receive = guest.label()
    let isNotWait = guest.label()
    let isNotQuit = guest.label()
    guest.origin((guest.position + 3) & ~3)
    guest.bind(handler)
    guest.csrr(.t2, .mcause)
    guest.emit(.andi, .t2, .t2, immediate: 15)
    guest.li(.t3, 7)
    guest.branch(.beq, .t2, .t3, isTimer)
    guest.load(.lw, .t4, 4, .s3)  // Claim.
    guest.bind(receive)
    guest.load(.lbu, .t2, 5, .s1)
    guest.emit(.andi, .t2, .t2, immediate: 1)
    guest.branch(.beq, .t2, .zero, done)
    guest.load(.lbu, .a0, 0, .s1)
    guest.load(.ld, .t3, 16, .s5)
    guest.emit(.xor, .t3, .t3, .a0)
    guest.emit(.rori, .t3, .t3, immediate: 7)
    guest.store(.sd, .t3, 16, .s5)
    guest.li(.t3, 0x77)
    guest.branch(.bne, .a0, .t3, isNotWait)
    guest.csrw(.mie, value: 0, using: .t3)
    guest.bind(isNotWait)
    guest.li(.t3, 0x71)
    guest.branch(.bne, .a0, .t3, isNotQuit)
    guest.powerOff()
    guest.bind(isNotQuit)
    guest.bind(full)
    guest.load(.lbu, .t2, 5, .s1)
    guest.emit(.andi, .t2, .t2, immediate: 0x20)
    guest.branch(.beq, .t2, .zero, full)
    guest.store(.sb, .a0, 0, .s1)
    guest.jump(receive)
    guest.bind(done)
    guest.store(.sw, .t4, 4, .s3)  // Complete.
    guest.emit(.mret)
    guest.bind(isTimer)
    guest.load(.ld, .t2, 0, .s5)
    guest.addi(.t2, .t2, 1)
    guest.store(.sd, .t2, 0, .s5)
    guest.li(.t2, 500)
    guest.emit(.add, .s6, .s6, .t2)
    guest.store(.sd, .s6, 0, .s4)
    guest.emit(.mret)
  }
}

/// A live source whose inputs come at moments that depend on a seed: in the middle of work, in the middle of idling,
/// several at once. When its text is used up nothing more comes.
public struct RandomTyping: InputSource {
  private var generator: SeededGenerator
  private var text: [UInt8]
  private let longestPauseSteps: UInt64
  private var nextStep: UInt64 = 1
  private var isDue = false

  /// Types `text` at moments made from `seed`.
  public init(_ text: String, seed: UInt64, longestPauseSteps: UInt64 = 6000) {
    self.text = Array(text.utf8)
    self.longestPauseSteps = longestPauseSteps
    generator = SeededGenerator(seed: seed)
  }

  /// The step of the next input.
  public func horizon(after moment: Moment) -> Step {
    text.isEmpty ? Step(.max) : Step(max(nextStep, moment.step.count + 1))
  }

  /// A few bytes, when their time has come.
  public mutating func take(at moment: Moment) -> [Input] {
    guard !text.isEmpty, isDue || moment.step.count >= nextStep else { return [] }
    isDue = false
    nextStep = moment.step.count + 1 + generator.below(longestPauseSteps)
    var inputs: [Input] = []
    for _ in 0...generator.below(2) where !text.isEmpty {
      let count = Int(min(UInt64(text.count), 1 + generator.below(3)))
      inputs.append(Input(slot: Slot(1), bytes: Array(text.prefix(count))))
      text.removeFirst(count)
    }
    return inputs
  }

  /// A part of the time until the alarm; the next input comes then, or is still to come.
  public mutating func idle(from moment: Moment, until alarm: Cycle?) -> Cycle? {
    guard !text.isEmpty else { return alarm }
    let longest = min(alarm ?? moment.cycle.advanced(by: 1_000_000), moment.cycle.advanced(by: 1_000_000))
    let cycle = moment.cycle.advanced(by: 1 + generator.below(longest.count - moment.cycle.count))
    isDue = generator.chance(1, in: 8)
    return cycle
  }
}
