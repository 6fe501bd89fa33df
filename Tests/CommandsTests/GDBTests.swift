import Archive
import Glibc
import Testing

@testable import Commands

/// A debugger's end of a connection.
private final class Client {
  private let descriptor: Int32

  init(port: UInt16) throws {
    // Not for processes that other tests start: a connection that they keep open never ends.
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    let status = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard status == 0 else { throw Problem(description: "cannot connect to port \(port)") }
  }

  deinit { close(descriptor) }

  func send(_ bytes: [UInt8]) { _ = Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) }

  /// Sends the packet of `body`, which needs no escapes.
  func send(_ body: String) {
    let sum = body.utf8.reduce(0 as UInt8) { $0 &+ $1 }
    let digits = String(sum, radix: 16)
    send(Array("$\(body)#\(sum < 16 ? "0" : "")\(digits)".utf8))
  }

  /// The next packet's body, as it is on the wire; `nil` when the connection has ended.
  func packet() -> String? {
    var bytes: [UInt8] = []
    var byte: UInt8 = 0
    while recv(descriptor, &byte, 1, 0) == 1 {
      bytes.append(byte)
      guard bytes.count > 3, bytes[bytes.count - 3] == UInt8(ascii: "#") else { continue }
      let body = bytes.drop { $0 != UInt8(ascii: "$") }.dropFirst().dropLast(3)
      return String(decoding: body, as: UTF8.self)
    }
    return nil
  }

  func ask(_ body: String) -> String? {
    send(body)
    return answer()
  }

  /// The next packet that is not text to be shown.
  func answer() -> String? {
    while let body = packet() { if !body.hasPrefix("O") || body == "OK" { return body } }
    return nil
  }
}

/// A server in a process of its own, on a recording of the ticker.
private struct Server {
  let folder: Folder
  let process: Process
  let port: UInt16

  init(_ options: String...) throws {
    let folder = try Folder()
    let guest = try folder.write("ticker.bin", Guests.ticker)
    let trace = folder.file("ticker.reprise")
    let recorded = reprise([
      "record", "-o", trace, "--bios", guest, "-m", "16M", "--max-steps", "100000", "--rung-interval", "10000",
    ])
    guard recorded.status == 124 else { throw Problem(description: recorded.error) }
    try self.init(folder, trace, options)
  }

  init(_ folder: Folder, _ trace: String, _ options: [String] = []) throws {
    self.folder = folder
    process = try Process(["gdb", trace] + options)
    var line: [UInt8] = []
    while let byte = process.read(1).first, byte != UInt8(ascii: "\n") { line.append(byte) }
    let text = String(decoding: line, as: UTF8.self)
    let digits = text.split(separator: ":").last?.prefix { $0.isNumber }
    guard text.hasPrefix("gdb-multiarch -ex 'target extended-remote localhost:"), let digits, let port = UInt16(digits)
    else { throw Problem(description: "not the line that starts gdb: \(text)") }
    self.port = port
  }
}

/// `reprise gdb`, without gdb.
@Suite(.serialized) struct GDBTests {
  @Test func debuggersComeAndGo() throws {
    let server = try Server()
    let first = try Client(port: server.port)
    #expect(first.ask("QStartNoAckMode") == "OK")
    #expect(first.ask("s")?.hasPrefix("T05thread:1;") == true)
    let second = try Client(port: server.port)
    second.send("qSupported:swbreak+")
    #expect(second.packet()?.hasPrefix("E.another debugger is attached to this run") == true)
    #expect(first.ask("D") == "OK")
    #expect(first.packet() == nil)
    // The run stands where the first one left it.
    let third = try Client(port: server.port)
    #expect(third.ask("qRcmd,73746570")?.isEmpty == false)
    let here = third.ask("?")
    #expect(third.ask("bs") != here)
    #expect(third.ask("bs")?.contains("replaylog:begin") == true)
    #expect(third.ask("vKill;1") == "OK")
    let result = server.process.finish()
    #expect(result.status == 0)
    #expect(result.error.contains("refused a second debugger"))
    #expect(result.error.contains("the debugger detached; the run stands at @1\n"))
  }

  @Test func controlCStopsALongRunAndNobodyElse() throws {
    let server = try Server("--at", "end", "--once")
    let client = try Client(port: server.port)
    #expect(client.ask("c")?.contains("replaylog:end") == true)
    // A fork goes on for ever.
    #expect(client.ask("P6=0000001000000001") == "OK")
    client.send("c")
    #expect(client.packet()?.hasPrefix("O") == true)
    client.send([3])
    #expect(client.answer()?.hasPrefix("T02thread:1;") == true)
    #expect(client.ask("bs")?.hasPrefix("T05") == true)
    #expect(client.ask("D") == "OK")
    #expect(server.process.finish().status == 0)
  }

  @Test func aDebuggerThatVanishesInALongRunLeavesItAtAValidPlace() throws {
    let server = try Server("--at", "end")
    do {
      let client = try Client(port: server.port)
      #expect(client.ask("P6=0000001000000001") == "OK")
      client.send("c")
      #expect(client.packet()?.hasPrefix("O") == true)
    }
    let next = try Client(port: server.port)
    #expect(next.ask("?")?.hasPrefix("T05") == true)
    #expect(next.ask("s")?.hasPrefix("T05") == true)
    next.send("k")
    #expect(server.process.finish().status == 0)
  }

  @Test(arguments: [(SIGTERM, 143), (SIGINT, 130)] as [(Int32, Int32)])
  func aSignalEndsTheServer(_ signal: Int32, _ status: Int32) throws {
    let idle = try Server()
    idle.process.send(signal)
    #expect(idle.process.finish().status == status)
    let busy = try Server("--at", "end")
    let client = try Client(port: busy.port)
    #expect(client.ask("P6=0000001000000001") == "OK")
    client.send("c")
    #expect(client.packet()?.hasPrefix("O") == true)
    busy.process.send(signal)
    #expect(busy.process.finish().status == status)
  }

  @Test func aTraceThatDivergesIsToldAndCanStillBeLookedAt() throws {
    let recording = try EchoRecording()
    let forged = try recording.forged { $0[1].digest.low ^= 1 }
    let server = try Server(recording.folder, forged)
    let client = try Client(port: server.port)
    client.send("c")
    let told = client.packet()?.dropFirst() ?? ""
    let bytes = stride(from: 0, to: told.count - 1, by: 2).compactMap { place in
      UInt8(told.dropFirst(place).prefix(2), radix: 16)
    }
    #expect(String(decoding: bytes, as: UTF8.self).contains("no longer the run that was recorded"))
    #expect(client.answer()?.hasPrefix("T05thread:1;") == true)
    #expect(client.ask("p20")?.hasPrefix("E") == false)
    #expect(client.ask("bs")?.hasPrefix("T05") == true)
    #expect(client.ask("c")?.contains("replaylog:end") == true)
    #expect(client.ask("vKill;1") == "OK")
    #expect(server.process.finish().status == 0)
  }

  @Test func aPipeThatIsClosedEndsTheServer() throws {
    let recording = try EchoRecording()
    let result = try Process(["gdb", "--stdio", recording.trace]).finish()
    #expect(result.status == 0)
    #expect(result.output == [])
  }

  @Test func mistakesAreTold() throws {
    let recording = try EchoRecording()
    #expect(reprise("gdb", recording.folder.file("none.reprise")).status == 66)
    #expect(reprise("gdb", recording.guest).status == 65)
    #expect(reprise("gdb", "--stdio", "--port", "99", recording.trace).status == 64)
    let result = reprise("gdb", "--at", "mark:nowhere", recording.trace)
    #expect(result.status == 64)
    #expect(result.error.contains("the trace has no mark 'nowhere'"))
  }

  @Test func aPortThatIsTakenIsTold() throws {
    let server = try Server()
    let recording = try EchoRecording()
    let result = reprise("gdb", "--port", "\(server.port)", recording.trace)
    #expect(result.status == 74)
    #expect(result.error.contains("cannot listen on port \(server.port) of localhost: Address already in use"))
    server.process.send(SIGTERM)
    _ = server.process.finish()
  }
}
