/// The addresses in a kernel's tables: 32 bits each, ascending.
struct KernelAddresses {
  /// What the 32 bits of a symbol say.
  enum Encoding: Equatable {
    /// An unsigned distance from the base.
    case fromBase(UInt64)
    /// A signed number: not negative, it is a value by itself; negative, its complement is a distance from the base
    /// (CONFIG_KALLSYMS_ABSOLUTE_PERCPU, to Linux 6.14).
    case fromBaseOrAbsolute(UInt64)
    /// A signed distance from the place where it stands itself, in a kernel linked to this address. Since Linux 7.0,
    /// which also aligned the tables to four bytes.
    case fromItself(UInt64)
  }

  let start: Int
  let encoding: Encoding

  /// Where riscv64 kernels are linked to since Linux 5.13: KERNEL_LINK_ADDR, the start of the last 2 GiB.
  private static let linkAddress: UInt64 = 0xffff_ffff_8000_0000

  /// The addresses of `count` symbols, behind the other tables, which end at `tail`, or before them, which start at
  /// `head`; `nil` when there are none in either place.
  init?(_ image: Span8, count: Int, head: Int, tail: Int, alignment: Int) {
    // The base is aligned too: a table of an odd number of addresses may have four bytes behind it.
    let byteCount = (4 * count + alignment - 1) & -alignment
    for (start, base) in [(tail, tail + byteCount), (head - 8 - byteCount, head - 8)] where start >= 0 {
      guard start + byteCount <= image.count else { continue }
      var encodings: [Encoding] = []
      if alignment == 4 {
        encodings = [.fromItself(Self.linkAddress)]
      } else if let base = Self.base(image, base) {
        encodings = [.fromBase(base), .fromBaseOrAbsolute(base)]
      }
      for encoding in encodings where Self.isAscending(image, start, count, encoding) {
        (self.start, self.encoding) = (start, encoding)
        return
      }
    }
    return nil
  }

  /// The base at `place`, if it is one: kernels run in the upper half of the address space. A kernel that relocates
  /// itself may have left a zero there, for the address it was linked to.
  private static func base(_ image: Span8, _ place: Int) -> UInt64? {
    guard let base = image.number(UInt64.self, at: place) else { return nil }
    if base == 0 { return linkAddress }
    return base >> 63 == 1 && base & 1 == 0 ? base : nil
  }

  private static func isAscending(_ image: Span8, _ start: Int, _ count: Int, _ encoding: Encoding) -> Bool {
    let addresses = Self(start: start, encoding: encoding)
    var last: UInt64 = 0
    for number in 0..<count {
      let (address, isAbsolute) = addresses.address(image, number)
      guard address >= last, isAbsolute || addresses.isInKernel(address, image) else { return false }
      last = address
    }
    return true
  }

  private init(start: Int, encoding: Encoding) { (self.start, self.encoding) = (start, encoding) }

  /// Whether a kernel has `address`: it is at most 2 GiB large.
  private func isInKernel(_ address: UInt64, _ image: Span8) -> Bool {
    switch encoding {
    case .fromBase(let base), .fromBaseOrAbsolute(let base), .fromItself(let base):
      return address >= base && address - base < 1 << 31
    }
  }

  /// The address of symbol `number`, or its value when it is no address.
  func address(_ image: Span8, _ number: Int) -> (value: UInt64, isAbsolute: Bool) {
    let place = start + 4 * number
    let word = image.word(place)
    let signed = Int32(bitPattern: word)
    switch encoding {
    case .fromBase(let base): return (base &+ UInt64(word), false)
    case .fromBaseOrAbsolute(let base):
      return signed >= 0 ? (UInt64(word), true) : (base &+ UInt64(~word), false)
    case .fromItself(let link): return (link &+ UInt64(place) &+ UInt64(bitPattern: Int64(signed)), false)
    }
  }
}
