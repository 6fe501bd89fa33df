internal import GDBRemote

// The program that is debugged, as a file that gdb can read: so it finds symbols and lines with nothing but the trace
// (gdb manual, "File-I/O Remote Protocol Extension", host I/O packets, and `qXfer:exec-file:read`).

extension GDBSession {
  /// The only file there is, once it is open.
  private static var descriptor: Int { 1 }

  private enum FileError: Int {
    case noSuchFile = 2
    case badDescriptor = 9
    case invalid = 22
    case readOnly = 30
  }

  private func fail(_ error: FileError) { reply("F-1,\(String(error.rawValue, radix: 16))") }

  /// The program, read once. One that cannot be read is as good as none; the user is told.
  private var programBytes: DebugProgram? {
    if !hasAskedForProgram {
      hasAskedForProgram = true
      do {
        program = try target.program()
      } catch {
        notices.append("reprise: the program cannot be read from the trace: \(error)")
      }
    }
    return program
  }

  /// Where the program is: gdb asks the target for files with absolute paths only.
  private static func path(_ program: DebugProgram) -> [UInt8] { Array("/\(program.name)".utf8) }

  /// `qXfer:exec-file:read`, with what stands behind it.
  func answerProgramName(_ packet: PacketText) {
    var text = packet
    _ = text.part(until: ":")
    guard let offset = text.count(), text.take(","), let count = text.count() else {
      return reply(error(.invalid, "an offset or a count is missing"))
    }
    guard let name = programBytes.map({ Self.path($0) }) else { return reply("E01") }
    let rest = name.dropFirst(offset)
    reply(Array((rest.count > count ? "m" : "l").utf8) + rest.prefix(count))
  }

  /// `vFile:…`.
  func answerFile(_ packet: PacketText) {
    var text = packet
    if text.take("setfs:") { return reply("F0") }
    if text.take("open:") { return openFile(&text) }
    if text.take("pread:") { return readFile(&text) }
    if text.take("fstat:") { return describeFile(&text) }
    if text.take("close:") {
      guard text.count() == Self.descriptor, isProgramOpen else { return fail(.badDescriptor) }
      isProgramOpen = false
      return reply("F0")
    }
    reply("")
  }

  private func openFile(_ text: inout PacketText) {
    let digits = text.part(until: ",")
    guard let name = Hexadecimal.bytes(digits), let flags = text.number(), text.take(","), text.number() != nil else {
      return fail(.invalid)
    }
    guard let program = programBytes, name == Self.path(program) else { return fail(.noSuchFile) }
    guard flags & 3 == 0 else { return fail(.readOnly) }
    isProgramOpen = true
    reply("F\(Self.descriptor)")
  }

  private func readFile(_ text: inout PacketText) {
    guard let number = text.count(), text.take(","), let count = text.count(), text.take(","),
      let offset = text.count()
    else { return fail(.invalid) }
    guard number == Self.descriptor, isProgramOpen, let program = programBytes else { return fail(.badDescriptor) }
    // Every byte may need an escape, and the count stands before them.
    let bytes = program.bytes.dropFirst(offset).prefix(min(count, Self.packetBytesMax / 2 - 16))
    reply(Array("F\(String(bytes.count, radix: 16));".utf8) + bytes)
  }

  /// The protocol's own `struct stat`: big-endian, mode and size in it, and nothing else.
  private func describeFile(_ text: inout PacketText) {
    guard text.count() == Self.descriptor, isProgramOpen, let program = programBytes else {
      return fail(.badDescriptor)
    }
    func field(_ value: UInt64, _ byteCount: Int) -> [UInt8] {
      (0..<byteCount).reversed().map { UInt8(truncatingIfNeeded: value >> UInt64($0 * 8)) }
    }
    let isRegularAndReadable: UInt64 = 0o100444
    let numbers = field(0, 4) + field(0, 4) + field(isRegularAndReadable, 4) + field(1, 4) + field(0, 12)
    let size = UInt64(program.bytes.count)
    let sizes = field(size, 8) + field(512, 8) + field((size + 511) / 512, 8)
    let status = numbers + sizes + field(0, 12)
    reply(Array("F\(String(status.count, radix: 16));".utf8) + status)
  }
}
