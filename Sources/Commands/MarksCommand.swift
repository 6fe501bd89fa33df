internal import Archive
internal import ArgumentParser
internal import VirtualTime

/// `reprise marks`.
struct MarksCommand: Performing {
  static let configuration = CommandConfiguration(
    commandName: "marks",
    abstract: "List the marks of a trace, in order of time.",
    discussion: "A mark names a moment; wherever a position is asked for, mark:NAME is one.")

  @Argument(help: ArgumentHelp("The trace.", valueName: "file"), completion: .file(extensions: ["reprise"]))
  var file: String

  @Flag(help: "Write JSON.")
  var json = false

  func perform(_ streams: Streams) throws -> Int32 {
    let reader = try TraceFile.open(file)
    do {
      let list = MarkList(file, try reader.marks(), clockHertz: reader.clockHertz)
      if json {
        streams.print(JSONText.document(list))
      } else if list.marks.isEmpty {
        streams.note("no marks. Make one: reprise mark \(Show.shellWord(file)) POSITION NAME")
      } else {
        streams.print(list.text)
      }
    } catch let error as TraceError {
      throw TraceFile.failure(error, file)
    }
    for damage in reader.damage { streams.note("note: \(damage)") }
    return ExitStatus.success
  }
}

/// What `marks` lists. Described in Documentation/JSON.md.
struct MarkList: Encodable {
  struct Entry: Encodable, Equatable {
    var name: String
    var step: UInt64
    var cycle: UInt64
    var guestNanoseconds: UInt64
    var isAutomatic: Bool

    init(_ mark: Mark, clockHertz: UInt64) {
      let length = Length(mark.moment, clockHertz: clockHertz)
      (name, step, cycle, isAutomatic) = (mark.name, length.steps, length.cycles, mark.isAutomatic)
      guestNanoseconds = length.guestNanoseconds
    }
  }

  var schema = "reprise/marks/1"
  var file: String
  var marks: [Entry]

  init(_ file: String, _ marks: [Mark], clockHertz: UInt64) {
    self.file = file
    // Those of one moment stay in the order in which they were made.
    let ordered = marks.enumerated().sorted { ($0.element.moment, $0.offset) < ($1.element.moment, $1.offset) }
    self.marks = ordered.map { Entry($0.element, clockHertz: clockHertz) }
  }

  /// A line for each mark: step, cycle, guest time, name.
  var text: String {
    let rows = marks.map { mark in
      [
        "@\(mark.step)", "cycle \(mark.cycle)", Show.time(mark.guestNanoseconds),
        Show.plain(mark.name) + (mark.isAutomatic ? "  (automatic)" : ""),
      ]
    }
    let widths = (0..<3).map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      zip(row, widths).map { text, width in text + String(repeating: " ", count: width - text.count + 2) }.joined()
        + row[3]
    }.joined(separator: "\n")
  }
}
