/// Where a Linux kernel keeps its symbols, found by their form alone.
///
/// Source: the kernel's `scripts/kallsyms.c` and `kernel/kallsyms.c`. The tables lie one behind the other, each at a
/// multiple of eight bytes, or of four from Linux 7.0 on:
///
/// - `num_syms`, 32 bits: how many symbols there are
/// - `names`: of each symbol its length, in one byte or two, and as many tokens
/// - `markers`, 32 bits each: where in `names` every 256th symbol is
/// - from Linux 6.2 to 6.3 `seqs_of_names`, the order by name: 3 bytes each (4 in some releases between)
/// - `token_table`: 256 texts, each with a zero behind it; a symbol's tokens make up its type letter and its name
/// - `token_index`, 16 bits each: where in `token_table` each text is
///
/// The addresses are 32 bits each, from Linux 6.4 on behind `token_index`, before that ahead of `num_syms`, and behind
/// them is the base that they count from. `KernelAddresses` has the ways in which they count.
struct KernelTables {
  var symbolCount: Int
  var names: Range<Int>
  var tokens: KernelTokens
  var addresses: KernelAddresses

  /// A kernel has some hundred thousand symbols; what claims more is none.
  private static let symbolsMax = 1 << 23
  /// The longest name. KSYM_NAME_LEN is 512, and was 128 before Linux 6.1.
  private static let nameBytesMax = 1024

  /// The tables in `image`; `nil` when it has none that hang together.
  static func find(in image: Span8) -> KernelTables? {
    // Bounds the time that bytes made to look like names can cost.
    var budget = 8 * image.count + (1 << 20)
    var place = 0
    while place + KernelTokens.indexByteCount <= image.count {
      defer { place += 4 }
      guard let tokens = KernelTokens(image, index: place) else { continue }
      for alignment in [8, 4] where tokens.table % alignment == 0 && place % alignment == 0 {
        if let tables = find(in: image, before: tokens, alignment, &budget) { return tables }
      }
    }
    return nil
  }

  private static func find(
    in image: Span8, before tokens: KernelTokens, _ alignment: Int, _ budget: inout Int
  ) -> KernelTables? {
    var place = tokens.table - 2 * alignment
    while place >= 0, budget > 0 {
      defer { place -= alignment }
      budget -= 1
      let count = Int(image.word(place))
      // A symbol takes two bytes of names at least.
      guard count > 0, count <= symbolsMax, count * 2 <= tokens.table - place,
        alignment == 4 || image.word(place + 4) == 0,
        let names = names(image, from: place + alignment, count: count, tokens, alignment, &budget),
        let addresses = KernelAddresses(
          image, count: count, head: place, tail: tokens.end, alignment: alignment)
      else { continue }
      return KernelTables(symbolCount: count, names: names, tokens: tokens, addresses: addresses)
    }
    return nil
  }

  /// The bytes of `count` names from `start`, if that is what they are: markers and tokens must follow.
  private static func names(
    _ image: Span8, from start: Int, count: Int, _ tokens: KernelTokens, _ alignment: Int, _ budget: inout Int
  ) -> Range<Int>? {
    func aligned(_ place: Int) -> Int { (place + alignment - 1) & -alignment }
    var place = start
    var markers: [UInt32] = []
    for number in 0..<count {
      if number & 0xff == 0 { markers.append(UInt32(truncatingIfNeeded: place - start)) }
      let (length, first) = length(image, at: place)
      guard length > 0, first + length <= tokens.table, number >= 16 || tokens.beginsWithLetter(image, first)
      else {
        budget -= number
        return nil
      }
      place = first + length
    }
    budget -= count
    let markersStart = aligned(place)
    for (number, marker) in markers.enumerated() where image.word(markersStart + 4 * number) != marker { return nil }
    let end = aligned(markersStart + 4 * markers.count)
    guard [0, 3, 4].contains(where: { aligned(end + $0 * count) == tokens.table }) else { return nil }
    return start..<place
  }

  /// The number of tokens of the name at `place`, and where they begin. From Linux 6.1 on, a first byte from 128 is the
  /// lower part of a number of two bytes.
  private static func length(_ image: Span8, at place: Int) -> (count: Int, first: Int) {
    let first = Int(image[place])
    return first < 0x80 ? (first, place + 1) : (first & 0x7f | Int(image[place + 1]) << 7, place + 2)
  }

  /// Adds all symbols; false when the tables are not sound.
  func read(_ image: Span8, into builder: inout SymbolTableBuilder) -> Bool {
    var place = names.lowerBound
    var name: [UInt8] = []
    for number in 0..<symbolCount {
      let (length, first) = Self.length(image, at: place)
      name.removeAll(keepingCapacity: true)
      for token in first..<(first + length) {
        name += tokens.text(image, image[token])
        guard name.count <= Self.nameBytesMax else { return false }
      }
      place = first + length
      guard let type = name.first, name.count > 1 else { return false }
      let (address, isAbsolute) = addresses.address(image, number)
      let letter = isAbsolute ? UInt8(ascii: "A") | type & 0x20 : type
      guard builder.add(name: name.dropFirst(), address: address, type: letter) else { return false }
    }
    return true
  }
}

/// The texts that names are made of.
struct KernelTokens {
  static let indexByteCount = 512

  /// Where the texts begin.
  let table: Int
  /// Where the index ends.
  let end: Int
  private let starts: [UInt16]

  /// The longest way back to the beginning of the last text.
  private static let lastTextMax = 1024
  /// The most bytes of all texts; kernels have about a thousand.
  private static let tableBytesMax = 1 << 14

  /// The index at `place` with the texts before it; `nil` when that is not what is there.
  init?(_ image: Span8, index place: Int) {
    // Nearly every place fails here.
    guard image.half(place) == 0, image.half(place + 2) > 0 else { return nil }
    var starts = [image.half(place)]
    for number in 1..<256 {
      let start = image.half(place + 2 * number)
      guard start > starts[number - 1] else { return nil }
      starts.append(start)
    }
    guard starts[255] <= Self.tableBytesMax, let table = Self.table(image, before: place, starts) else { return nil }
    (self.table, self.starts, end) = (table, starts, place + Self.indexByteCount)
  }

  private static func table(_ image: Span8, before index: Int, _ starts: [UInt16]) -> Int? {
    for padding in 0..<8 {
      // The zero behind the last text, and the text before it.
      let zero = index - padding - 1
      guard zero >= 0, image[zero] == 0 else { return nil }
      var last = zero
      while last > 0, zero - last < lastTextMax, image[last - 1] != 0 { last -= 1 }
      let table = last - Int(starts[255])
      guard table >= 0, table & 3 == 0 else { continue }
      if isTable(image, table, zero, starts) { return table }
    }
    return nil
  }

  /// Whether every text begins where `starts` says, and each ends with the only zero in it.
  private static func isTable(_ image: Span8, _ table: Int, _ zero: Int, _ starts: [UInt16]) -> Bool {
    var next = 1
    for place in table...zero where image[place] == 0 {
      guard next < 256 else { return place == zero }
      guard Int(starts[next]) == place + 1 - table else { return false }
      next += 1
    }
    return false
  }

  /// The text of `token`.
  func text(_ image: Span8, _ token: UInt8) -> Slice<UnsafeRawBufferPointer> {
    let start = table + Int(starts[Int(token)])
    // What lies between the last text and the index are zeros.
    let end = token < 255 ? table + Int(starts[Int(token) + 1]) - 1 : lastEnd(image, start)
    return image.slice(start..<max(start, end))
  }

  private func lastEnd(_ image: Span8, _ start: Int) -> Int {
    var end = start
    while image[end] != 0 { end += 1 }
    return end
  }

  /// Whether a name whose first token is at `place` begins with a letter, its type.
  func beginsWithLetter(_ image: Span8, _ place: Int) -> Bool {
    guard let letter = text(image, image[place]).first else { return false }
    return (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(letter | 0x20)
  }
}
