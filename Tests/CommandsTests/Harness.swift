import Glibc
import Testing

@testable import Commands

/// A folder that goes away with the test.
final class Folder {
  let path: String

  init() throws {
    var template = Array("/tmp/reprise-tests-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw Problem(description: "no temporary folder") }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit { Self.remove(path) }

  private static func remove(_ path: String) {
    if let folder = opendir(path) {
      while let entry = readdir(folder) {
        let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
          String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        if name != ".", name != "..", unlink("\(path)/\(name)") != 0 { remove("\(path)/\(name)") }
      }
      closedir(folder)
    }
    rmdir(path)
  }

  func file(_ name: String) -> String { "\(path)/\(name)" }

  /// Writes a file and returns its path.
  func write(_ name: String, _ bytes: [UInt8]) throws -> String {
    let path = file(name)
    guard let stream = fopen(path, "w") else { throw Problem(description: "cannot write \(path)") }
    defer { fclose(stream) }
    guard fwrite(bytes, 1, bytes.count, stream) == bytes.count else {
      throw Problem(description: "cannot write \(path)")
    }
    return path
  }

  func read(_ name: String) throws -> [UInt8] {
    guard let stream = fopen(file(name), "r") else { throw Problem(description: "cannot read \(name)") }
    defer { fclose(stream) }
    var bytes: [UInt8] = []
    var part = [UInt8](repeating: 0, count: 65536)
    while true {
      let count = fread(&part, 1, part.count, stream)
      guard count > 0 else { return bytes }
      bytes += part[..<count]
    }
  }

  func has(_ name: String) -> Bool { access(file(name), F_OK) == 0 }
}

struct Problem: Error, CustomStringConvertible {
  let description: String
}

/// What a command did.
struct Result {
  var status: Int32
  var output: [UInt8]
  var error: String

  var text: String { String(decoding: output, as: UTF8.self) }
}

/// Runs a command in this process.
func reprise(_ arguments: String..., terminal: Bool = false, environment: [String: String] = [:]) -> Result {
  reprise(arguments, terminal: terminal, environment: environment)
}

/// Runs a command in this process.
func reprise(
  _ arguments: [String], terminal: Bool = false, environment: [String: String] = [:], signal: Int32? = nil
) -> Result {
  final class Sink {
    var output: [UInt8] = []
    var error: [UInt8] = []
  }
  let sink = Sink()
  var streams = Streams(
    output: {
      sink.output += $0
      return true
    },
    error: {
      sink.error += $0
      return true
    })
  streams.isErrorTerminal = terminal
  streams.environment = { environment[$0] }
  streams.signal = { signal }
  let status = Reprise.perform(arguments, streams)
  return Result(status: status, output: sink.output, error: String(decoding: sink.error, as: UTF8.self))
}

/// A recording of the echo guest that was told `ab` and `q`.
struct EchoRecording {
  let folder: Folder
  let guest: String
  let trace: String
  let result: Result

  init(_ options: String...) throws {
    folder = try Folder()
    guest = try folder.write("echo.bin", Guests.echo)
    trace = folder.file("echo.reprise")
    result = Self.record(guest, trace, options)
  }

  static func record(_ guest: String, _ trace: String, _ options: [String]) -> Result {
    let arguments =
      ["record", "-o", trace, "--bios", guest, "-m", "16M", "--max-steps", "1000000", "--rung-interval", "10"]
      + ["--type", "ab", "--when", "console:>", "--type", "q", "--when", "console:b"] + options
    return reprise(arguments)
  }
}
