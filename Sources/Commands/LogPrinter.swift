internal import Archive
internal import Backplane
internal import Boards
internal import VirtualTime

/// Writes entries as lines. Bytes of output that follow one another become one line.
struct LogPrinter {
  /// The most bytes of output on a line.
  private static let lineBytesMax = 120
  /// What is written at once.
  private static let chunkBytes = 1 << 16

  private let streams: Streams
  private let board: String
  private let isJSON: Bool
  private var text: (moment: Moment, slot: UInt8, bytes: [UInt8])?
  private var pending: [UInt8] = []

  init(_ streams: Streams, board: String, isJSON: Bool) {
    (self.streams, self.board, self.isJSON) = (streams, board, isJSON)
  }

  mutating func print(_ entry: LogEntry) {
    if case .effect(.output(let slot, let byte)) = entry.kind {
      if text?.slot != slot { flushText() }
      if text == nil { text = (entry.moment, slot, []) }
      text?.bytes.append(byte)
      if byte == UInt8(ascii: "\n") || (text?.bytes.count ?? 0) >= Self.lineBytesMax { flushText() }
      return
    }
    flushText()
    switch entry.kind {
    case .input(let slot, let bytes):
      var line = LogLine(entry.moment, .input, name(slot), bytes: bytes)
      line.timing = Postponement(Input(slot: Slot(slot), bytes: bytes)).flatMap(VirtTiming.description(of:))
      write(line)
    case .effect(.interrupt(let hart, let cause, let pc)):
      var line = LogLine(entry.moment, .interrupt, nil)
      (line.hart, line.cause, line.causeName, line.pc) = (hart, cause, InterruptName.of(cause), Show.address(pc))
      write(line)
    case .effect(.read(let slot, let offset, let width, let value)):
      write(LogLine(entry.moment, .read, name(slot), offset, width, value))
    case .effect(.write(let slot, let offset, let width, let value)):
      write(LogLine(entry.moment, .write, name(slot), offset, width, value))
    case .effect(.output): break
    }
  }

  /// Writes what waits.
  mutating func finish() {
    flushText()
    _ = streams.output(pending)
    pending = []
  }

  private func name(_ slot: UInt8) -> String { TraceFile.slotName(slot, board: board) }

  private mutating func flushText() {
    guard let (moment, slot, bytes) = text else { return }
    text = nil
    write(LogLine(moment, .output, name(slot), bytes: bytes))
  }

  private mutating func write(_ line: LogLine) {
    pending += Array((isJSON ? JSONText.line(line) : line.plain).utf8)
    pending.append(UInt8(ascii: "\n"))
    if pending.count >= Self.chunkBytes {
      _ = streams.output(pending)
      pending.removeAll(keepingCapacity: true)
    }
  }
}

/// A line of the log. As JSON it is described in Documentation/JSON.md.
struct LogLine: Encodable {
  enum Kind: String, Encodable {
    case input, output, interrupt, read, write
  }

  var step: UInt64
  var cycle: UInt64
  var kind: Kind
  var device: String?
  /// Input and output: the bytes in hexadecimal, and as text.
  var bytes: String?
  var text: String?
  /// Input to the board's timing: what it asks for, in words.
  var timing: String?
  var offset: String?
  var width: UInt8?
  var value: String?
  var hart: UInt8?
  var cause: UInt8?
  var causeName: String?
  var pc: String?

  init(_ moment: Moment, _ kind: Kind, _ device: String?) {
    (step, cycle, self.kind, self.device) = (moment.step.count, moment.cycle.count, kind, device)
  }

  init(_ moment: Moment, _ kind: Kind, _ device: String, bytes: [UInt8]) {
    self.init(moment, kind, device)
    self.bytes = Show.hexadecimal(bytes)
    text = String(decoding: bytes, as: UTF8.self)
  }

  init(_ moment: Moment, _ kind: Kind, _ device: String, _ offset: UInt64, _ width: UInt8, _ value: UInt64) {
    self.init(moment, kind, device)
    (self.offset, self.width, self.value) = (Show.address(offset), width, Show.address(value))
  }

  /// The line for people.
  var plain: String {
    let what: String =
      switch kind {
      case .input, .output:
        "\(device ?? "") \(timing ?? Show.quoted(Array((text ?? "").utf8)))"
      case .interrupt: "hart \(hart ?? 0) \(causeName ?? "") (cause \(cause ?? 0)) at pc \(pc ?? "")"
      case .read, .write: "\(device ?? "")+\(offset ?? "") \(width ?? 0) bytes \(value ?? "")"
      }
    return pad("@\(step)", 14) + pad("cycle \(cycle)", 20) + pad(kind.rawValue, 10) + what
  }

  private func pad(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(1, width - text.count))
  }
}

/// The names of interrupt causes (RISC-V Privileged Architecture, "Machine Cause Register", table of mcause values).
enum InterruptName {
  static func of(_ cause: UInt8) -> String {
    switch cause {
    case 1: "supervisor software"
    case 3: "machine software"
    case 5: "supervisor timer"
    case 7: "machine timer"
    case 9: "supervisor external"
    case 11: "machine external"
    default: "interrupt"
    }
  }
}
