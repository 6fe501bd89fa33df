internal import Export
internal import Symbols

/// The functions of a trace by their addresses, for those who ask very often.
final class FunctionMap {
  private let functions: [FunctionRange]
  private var last: FunctionRange?

  /// The functions among the symbols of `index`.
  init(_ index: SymbolIndex) {
    var all: [(start: UInt64, size: UInt64?, name: String)] = []
    for source in index.sources {
      for place in 0..<source.table.count {
        let symbol = source.table[place]
        guard symbol.isCode else { continue }
        for slide in [source.slide] + source.otherSlides {
          all.append((symbol.address &+ slide, symbol.size, symbol.name))
        }
      }
    }
    // Of names for the same address, the first in the order of the index is the one that counts there too.
    let order = all.indices.sorted { (all[$0].start, $0) < (all[$1].start, $1) }
    var functions: [FunctionRange] = []
    for (place, number) in order.enumerated() {
      let symbol = all[number]
      if functions.last?.start == symbol.start { continue }
      let next = order[(place + 1)...].first { all[$0].start > symbol.start }.map { all[$0].start }
      let (end, overflow) = symbol.start.addingReportingOverflow(symbol.size ?? 0)
      let own = symbol.size ?? 0 > 0 && !overflow ? end : .max
      functions.append(FunctionRange(start: symbol.start, end: min(own, next ?? .max), name: symbol.name))
    }
    self.functions = functions
  }

  /// Whether there are none.
  var isEmpty: Bool { functions.isEmpty }

  /// The function whose code is at `address`.
  func function(at address: UInt64) -> FunctionRange? {
    if let last, address >= last.start, address < last.end { return last }
    var (low, high) = (0, functions.count)
    while low < high {
      let middle = (low + high) / 2
      if functions[middle].start <= address { low = middle + 1 } else { high = middle }
    }
    guard low > 0, address < functions[low - 1].end else { return nil }
    last = functions[low - 1]
    return last
  }

  /// `name+0x10`, or the address where there is no function.
  func place(of address: UInt64) -> String {
    guard let function = function(at: address) else { return Show.address(address) }
    let offset = address - function.start
    return offset == 0 ? function.name : "\(function.name)+\(Show.address(offset))"
  }

  /// The functions whose names match `pattern`, in ascending order of addresses.
  func matching(_ pattern: String) -> [FunctionRange] {
    functions.filter { NamePattern.matches($0.name, pattern) }
  }
}

/// Patterns for names: `*` stands for any characters, `?` for any one.
enum NamePattern {
  static func matches(_ name: String, _ pattern: String) -> Bool {
    let (name, pattern) = (Array(name.utf8), Array(pattern.utf8))
    var (place, wanted) = (0, 0)
    var star: (wanted: Int, place: Int)?
    while place < name.count {
      if wanted < pattern.count, pattern[wanted] == UInt8(ascii: "*") {
        star = (wanted + 1, place)
        wanted += 1
      } else if wanted < pattern.count, pattern[wanted] == name[place] || pattern[wanted] == UInt8(ascii: "?") {
        (place, wanted) = (place + 1, wanted + 1)
      } else if let back = star {
        star = (back.wanted, back.place + 1)
        (wanted, place) = (back.wanted, back.place + 1)
      } else {
        return false
      }
    }
    return pattern[wanted...].allSatisfy { $0 == UInt8(ascii: "*") }
  }
}
