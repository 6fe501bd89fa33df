import Bits

/// A kernel of symbols only, with tables in the layouts of several releases of Linux.
struct KernelImageBuilder {
  enum Release: CaseIterable {
    /// Linux 5: the addresses come first.
    case five
    /// Linux 6.2: with the order by name before the tokens.
    case six2
    /// Linux 6.12: the addresses come last.
    case six12
    /// Linux 7.0: aligned to four bytes, addresses that count from where they stand, no base.
    case seven
  }

  static let link: UInt64 = 0xffff_ffff_8000_0000

  var symbols: [(type: Character, name: String, address: UInt64)]
  var release = Release.six12
  /// Offsets of which the ones that are not negative are values by themselves.
  var hasAbsoluteValues = false
  /// What stands in the place of the base.
  var base = Self.link
  /// Bytes ahead of the tables, and behind.
  var margin = 4096

  /// A kernel with `count` symbols, 16 bytes apart.
  init(count: Int) {
    symbols = (0..<count).map { ("tTdD".randomMember($0), "symbol_\($0)", Self.link + UInt64($0) * 16) }
  }

  init(_ symbols: [(type: Character, name: String, address: UInt64)]) { self.symbols = symbols }

  /// Pairs of letters that stand for themselves in one byte, from token 128.
  private static let pairs = ["sy", "mb", "ol", "__", "in", "it"]
  private static var texts: [String] {
    (0..<256).map { token in
      switch token {
      case 33..<127: String(Character(Unicode.Scalar(UInt8(token))))
      case 128..<(128 + pairs.count): pairs[token - 128]
      default: ""
      }
    }
  }

  private static func tokens(of text: String) -> [UInt8] {
    let bytes = Array(text.utf8)
    var tokens: [UInt8] = []
    var place = 0
    while place < bytes.count {
      let pair = pairs.firstIndex { bytes[place...].starts(with: $0.utf8) }
      tokens.append(pair.map { UInt8(128 + $0) } ?? bytes[place])
      place += pair == nil ? 1 : 2
    }
    return tokens
  }

  func bytes() -> [UInt8] {
    var image = [UInt8](repeating: 0x13, count: margin)
    if release == .five || release == .six2 { appendAddresses(to: &image) }
    append(UInt32(symbols.count), to: &image)
    align(&image)
    appendNames(to: &image)
    if release == .six2 {
      for index in symbols.indices { image += [0, UInt8(index >> 8 & 0xff), UInt8(index & 0xff)] }
      align(&image)
    }
    appendTokens(to: &image)
    if release == .six12 || release == .seven { appendAddresses(to: &image) }
    return image + [UInt8](repeating: 0x13, count: margin)
  }

  private func appendNames(to image: inout [UInt8]) {
    let start = image.count
    var markers: [UInt32] = []
    for (index, symbol) in symbols.enumerated() {
      if index % 256 == 0 { markers.append(UInt32(image.count - start)) }
      let tokens = Self.tokens(of: "\(symbol.type)\(symbol.name)")
      image += tokens.count < 128 ? [UInt8(tokens.count)] : [UInt8(tokens.count & 127 | 128), UInt8(tokens.count >> 7)]
      image += tokens
    }
    align(&image)
    for marker in markers { append(marker, to: &image) }
    align(&image)
  }

  private func appendTokens(to image: inout [UInt8]) {
    let start = image.count
    var starts: [UInt16] = []
    for text in Self.texts {
      starts.append(UInt16(image.count - start))
      image += Array(text.utf8) + [0]
    }
    align(&image)
    for start in starts { append(start, to: &image) }
    align(&image)
  }

  private func appendAddresses(to image: inout [UInt8]) {
    for symbol in symbols {
      let distance = symbol.address &- Self.link
      switch (release, hasAbsoluteValues) {
      case (.seven, _): append(UInt32(truncatingIfNeeded: distance &- UInt64(image.count)), to: &image)
      case (_, false): append(UInt32(truncatingIfNeeded: distance), to: &image)
      case (_, true):
        append(
          symbol.address < 1 << 31 ? UInt32(symbol.address) : ~UInt32(truncatingIfNeeded: distance), to: &image)
      }
    }
    align(&image)
    guard release != .seven else { return }
    append(base, to: &image)
  }

  private func append<Number: FixedWidthInteger>(_ number: Number, to image: inout [UInt8]) {
    image.appendLittleEndian(number)
  }

  private func align(_ image: inout [UInt8]) {
    while image.count % (release == .seven ? 4 : 8) != 0 { image.append(0) }
  }
}

extension String {
  fileprivate func randomMember(_ index: Int) -> Character { Array(self)[index * 7 / 3 % count] }
}
