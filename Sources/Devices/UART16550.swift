public import Backplane
public import StateCoding
public import VirtualTime

/// An NS16550A serial port with its two FIFOs, as wired on QEMU's `virt` board: eight byte-wide registers and an input
/// clock of 3.6864 MHz. The reference is the PC16550D data sheet (National Semiconductor, June 1995), cited by section.
///
/// A byte takes its frame on the wire, in both directions: start bit, data bits, parity bit and stop bits as LCR says,
/// each of 16 × divisor input clocks, rounded up to a whole cycle of the board's clock. A byte written is output when
/// its frame ends. Whatever comes in waits in a queue at the far end, which sends a frame only while the receiver has
/// room, as a terminal with flow control does: nothing typed is lost, whatever RTS says.
///
/// Where the data sheet leaves a choice, or this device differs from it:
/// - The divisor after power-on, undefined in the data sheet, is 1. A divisor of 0 counts as 1.
/// - The far end reads and sends eight bits whatever the word length; word length, parity and stop bits decide how long
///   a frame takes. There are no parity or framing errors and no breaks.
/// - A byte written to a full transmitter is lost; in 16450 mode it replaces the byte that waits.
/// - Reading an empty receiver gives 0.
/// - The interrupt line does not pass through OUT2.
public struct UART16550: Device, SelfChecking {
  // Wiring.
  private let slot: Slot
  private let line: Line
  private let inputHertz: UInt64

  // The registers that are only remembered.
  private var enabled: UInt8 = 0
  private var lineControl: UInt8 = 0
  private var modemControl: UInt8 = 0
  private var scratch: UInt8 = 0
  private var divisor: UInt16 = 1
  private var fifoControl: UInt8 = 0

  // The receiver.
  private var received: [UInt8] = []
  private var overrun = false
  private var timedOut = false

  // The transmitter: what waits, and what is on the wire.
  private var waiting: [UInt8] = []
  private var shifting: UInt8?
  private var emptied = false

  // The far end: what it still has to send, and whether the first of that is on the wire.
  private var arriving: [UInt8] = []
  private var isArriving = false

  private var modemChanges: UInt8 = 0

  /// A serial port as it is after power-on.
  /// - Parameters:
  ///   - slot: its place on the board.
  ///   - line: the wire of its interrupt.
  ///   - inputHertz: the clock that the divisor divides, in hertz, at least 1.
  public init(slot: Slot, line: Line, inputHertz: UInt64 = 3_686_400) {
    precondition(inputHertz > 0, "a serial port needs a clock")
    (self.slot, self.line, self.inputHertz) = (slot, line, inputHertz)
  }

  /// The registers are one byte wide.
  public static func accepts(_ width: Width) -> Bool { width == .byte }

  /// How many bytes the far end can hold back; what is put in beyond that is dropped, the newest first.
  public static let lineCapacity = 65536

  // MARK: Read

  /// Reads a register. RBR, IIR, LSR and MSR change by being read.
  public mutating func read(_ offset: UInt64, _ width: Width, _ fabric: inout Fabric) -> UInt64 {
    defer { drive(&fabric) }
    switch offset {
    case Register.data where isDivisorLatched: return UInt64(divisor & 0xff)
    case Register.data: return UInt64(takeReceived(&fabric))
    case Register.interruptEnable where isDivisorLatched: return UInt64(divisor >> 8)
    case Register.interruptEnable: return UInt64(enabled)
    case Register.interruptIdentification:
      let cause = cause
      if cause == .emptied { emptied = false }
      return UInt64(cause.rawValue | (hasFIFO ? 0xc0 : 0))
    case Register.lineControl: return UInt64(lineControl)
    case Register.modemControl: return UInt64(modemControl)
    case Register.lineStatus:
      defer { overrun = false }
      return UInt64(lineStatus)
    case Register.modemStatus:
      defer { modemChanges = 0 }
      return UInt64(modemLines | modemChanges)
    case Register.scratch: return UInt64(scratch)
    default: return 0
    }
  }

  // MARK: Write

  /// Writes a register.
  public mutating func write(_ offset: UInt64, _ width: Width, _ value: UInt64, _ fabric: inout Fabric) {
    defer { drive(&fabric) }
    let byte = UInt8(truncatingIfNeeded: value)
    switch offset {
    case Register.data where isDivisorLatched: divisor = divisor & 0xff00 | UInt16(byte)
    case Register.data: transmit(byte, &fabric)
    case Register.interruptEnable where isDivisorLatched: divisor = divisor & 0x00ff | UInt16(byte) << 8
    case Register.interruptEnable: enable(byte & 0x0f)
    case Register.fifoControl: controlFIFO(byte, &fabric)
    case Register.lineControl: lineControl = byte
    case Register.modemControl: controlModem(byte & 0x1f, &fabric)
    case Register.scratch: scratch = byte
    default: break
    }
  }

  // MARK: Looking

  /// What has come in and was not read yet, oldest first: in the receiver, and at the far end.
  public var unread: [UInt8] { received + arriving }

  // MARK: Wake

  /// A frame has ended on the wire, or the receiver has been idle for four frames.
  public mutating func wake(_ code: UInt8, _ fabric: inout Fabric) {
    defer { drive(&fabric) }
    switch Timer(rawValue: code) {
    case .transmitted: endTransmission(&fabric)
    case .arrived: endArrival(&fabric)
    case .timeout: timedOut = hasFIFO && !received.isEmpty
    case nil: break
    }
  }

  // MARK: Leeway

  /// How much later than by default the alarm `code` may come on real hardware, in cycles; 0 for one that there is not.
  /// The reasons are in Documentation/GuestInterface.md, "What hardware leaves open".
  public func leewayCycles(of code: UInt8, _ fabric: Fabric) -> UInt64 {
    switch Timer(rawValue: code) {
    case .transmitted: cycles(frames: 1, fabric) / 20
    case .arrived: Rate(fabric.clockHertz, per: 1_000_000_000).ticks(for: Self.arrivalLeeway.nanoseconds)
    case .timeout: cycles(frames: 1, fabric)
    case nil: 0
    }
  }

  /// The longest that the far end lets the line idle before a character that it has.
  public static let arrivalLeeway = Span(nanoseconds: 20_000_000)

  // MARK: Receive

  /// Bytes have been typed: they queue at the far end.
  public mutating func receive(_ input: Input, _ fabric: inout Fabric) {
    arriving += input.bytes.prefix(Self.lineCapacity - arriving.count)
    beginArrival(&fabric)
  }

  /// See `SelfChecking`.
  public var fault: String? {
    if received.count > Self.depth || waiting.count > Self.depth { return "a FIFO holds more than \(Self.depth) bytes" }
    if arriving.count > Self.lineCapacity { return "the far end holds more than \(Self.lineCapacity) bytes" }
    if isArriving, arriving.isEmpty { return "nothing is on its way" }
    if inputHertz == 0 { return "the input clock stands still" }
    return nil
  }
}

// MARK: Registers

extension UART16550 {
  /// Offsets (section 8.0, table II).
  private enum Register {
    static let data: UInt64 = 0
    static let interruptEnable: UInt64 = 1
    static let interruptIdentification: UInt64 = 2
    static let fifoControl: UInt64 = 2
    static let lineControl: UInt64 = 3
    static let modemControl: UInt64 = 4
    static let lineStatus: UInt64 = 5
    static let modemStatus: UInt64 = 6
    static let scratch: UInt64 = 7
  }

  /// The alarms that this device sets.
  public enum Timer: UInt8, CaseIterable, Sendable {
    /// The frame that is being sent has ended.
    case transmitted = 0
    /// The frame that is being received has ended.
    case arrived = 1
    /// Nothing has been received or read for four frames.
    case timeout = 2
  }

  /// The interrupt identification register's low four bits (section 8.6, table IV).
  private enum Cause: UInt8 {
    case none = 0b0001
    case modem = 0b0000
    case emptied = 0b0010
    case received = 0b0100
    case timeout = 0b1100
    case status = 0b0110
  }

  private static let depth = 16

  private var isDivisorLatched: Bool { lineControl & 0x80 != 0 }
  private var hasFIFO: Bool { fifoControl & 1 != 0 }
  private var isLooped: Bool { modemControl & 0x10 != 0 }
  private var capacity: Int { hasFIFO ? Self.depth : 1 }

  /// How many bytes in the receiver make it interrupt (section 8.5, FCR bits 6 and 7).
  private var triggerLevel: Int {
    guard hasFIFO else { return 1 }
    switch fifoControl >> 6 {
    case 0: return 1
    case 1: return 4
    case 2: return 8
    default: return 14
    }
  }

  /// The most urgent enabled reason to interrupt (section 8.6).
  private var cause: Cause {
    if enabled & 4 != 0, overrun { return .status }
    if enabled & 1 != 0 {
      if received.count >= triggerLevel { return .received }
      if timedOut { return .timeout }
    }
    if enabled & 2 != 0, emptied { return .emptied }
    if enabled & 8 != 0, modemChanges != 0 { return .modem }
    return .none
  }

  /// LSR (section 8.4).
  private var lineStatus: UInt8 {
    var status: UInt8 = received.isEmpty ? 0 : 0x01
    if overrun { status |= 0x02 }
    if waiting.isEmpty { status |= 0x20 }
    if waiting.isEmpty, shifting == nil { status |= 0x40 }
    return status
  }

  /// The upper half of MSR (section 8.9): looped back, the lines are our own outputs (section 8.8); else the far end is
  /// always there and ready: DCD, DSR and CTS.
  private var modemLines: UInt8 {
    guard isLooped else { return 0xb0 }
    let (ready, request, first, second) = (
      modemControl & 1, modemControl >> 1 & 1, modemControl >> 2 & 1, modemControl >> 3 & 1
    )
    return request << 4 | ready << 5 | first << 6 | second << 7
  }

  /// Puts the interrupt on its wire.
  private func drive(_ fabric: inout Fabric) { fabric.set(line, high: cause != .none) }

  private mutating func enable(_ byte: UInt8) {
    // Enabling the interrupt of an empty transmitter interrupts at once, and keeping it enabled does not: section 8.7
    // does not say so, but drivers test for it.
    if byte & 2 != 0, enabled & 2 == 0, waiting.isEmpty { emptied = true }
    enabled = byte
  }

  private mutating func controlFIFO(_ byte: UInt8, _ fabric: inout Fabric) {
    let changes = (byte ^ fifoControl) & 1 != 0
    // Section 8.5: the other bits are not programmed unless bit 0 is 1, and any change of bit 0 clears both FIFOs.
    let commands = byte & 1 != 0 ? byte : 0
    fifoControl = commands & 0xc9
    if changes || commands & 2 != 0 {
      received = []
      timedOut = false
      fabric.cancel(slot, Timer.timeout.rawValue)
    }
    if changes || commands & 4 != 0, !waiting.isEmpty {
      waiting = []
      emptied = true
    }
    beginArrival(&fabric)
  }

  private mutating func controlModem(_ byte: UInt8, _ fabric: inout Fabric) {
    let before = modemLines
    modemControl = byte
    let changed = before ^ modemLines
    // Section 8.9: a change of CTS, DSR or DCD, and the fall of RI, is remembered until MSR is read.
    modemChanges |= changed >> 4 & 0b1011 | (changed & before) >> 4 & 0b0100
    beginArrival(&fabric)
  }
}

// MARK: The wire

extension UART16550 {
  /// How many cycles `frames` frames take, at least one.
  private func cycles(frames: UInt64, _ fabric: Fabric) -> UInt64 {
    let dataBits = UInt64(lineControl & 3) + 5
    let parityBits: UInt64 = lineControl & 8 != 0 ? 1 : 0
    // Section 8.1: with bit 2 set, two stop bits, but one and a half for five data bits. Counted in halves.
    let stopHalves: UInt64 = lineControl & 4 == 0 ? 2 : (dataBits == 5 ? 3 : 4)
    let halves = 2 * (1 + dataBits + parityBits) + stopHalves
    let clocks = halves * 8 * UInt64(max(divisor, 1)) * frames
    return max(1, Rate(inputHertz, per: fabric.clockHertz).count(until: clocks))
  }

  private func set(_ timer: Timer, frames: UInt64, _ fabric: inout Fabric) {
    fabric.wake(slot, timer.rawValue, at: fabric.now.cycle.advanced(by: cycles(frames: frames, fabric)))
  }

  private mutating func transmit(_ byte: UInt8, _ fabric: inout Fabric) {
    emptied = false
    if waiting.count < capacity {
      waiting.append(byte)
    } else if !hasFIFO {
      waiting = [byte]
    }
    beginTransmission(&fabric)
  }

  private mutating func beginTransmission(_ fabric: inout Fabric) {
    guard shifting == nil, !waiting.isEmpty else { return }
    shifting = waiting.removeFirst()
    emptied = emptied || waiting.isEmpty
    set(.transmitted, frames: 1, &fabric)
  }

  private mutating func endTransmission(_ fabric: inout Fabric) {
    guard let byte = shifting else { return }
    shifting = nil
    if isLooped { accept(byte, &fabric) } else { fabric.emit(slot, byte) }
    beginTransmission(&fabric)
  }

  /// The far end sends its next byte when it may.
  private mutating func beginArrival(_ fabric: inout Fabric) {
    guard !isArriving, !isLooped, !arriving.isEmpty, received.count < capacity else { return }
    isArriving = true
    set(.arrived, frames: 1, &fabric)
  }

  private mutating func endArrival(_ fabric: inout Fabric) {
    guard isArriving, !arriving.isEmpty else { return }
    isArriving = false
    // A port that was looped back during the frame has not heard it: the far end sends it again.
    if !isLooped { accept(arriving.removeFirst(), &fabric) }
    beginArrival(&fabric)
  }

  /// A frame has come in. Section 8.4, bit 1: on overrun a FIFO keeps what it has, a single register the newest.
  private mutating func accept(_ byte: UInt8, _ fabric: inout Fabric) {
    if received.count < capacity {
      received.append(byte)
    } else {
      overrun = true
      if !hasFIFO { received = [byte] }
    }
    watchForTimeout(&fabric)
  }

  private mutating func takeReceived(_ fabric: inout Fabric) -> UInt8 {
    guard !received.isEmpty else { return 0 }
    let byte = received.removeFirst()
    timedOut = false
    watchForTimeout(&fabric)
    beginArrival(&fabric)
    return byte
  }

  /// Section 8.11: a FIFO that holds something, with nothing received or read for four frames, interrupts.
  private func watchForTimeout(_ fabric: inout Fabric) {
    if hasFIFO, !received.isEmpty, !timedOut {
      set(.timeout, frames: 4, &fabric)
    } else {
      fabric.cancel(slot, Timer.timeout.rawValue)
    }
  }
}
