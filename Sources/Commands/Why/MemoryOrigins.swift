internal import Archive
internal import Boards
internal import Debugger

/// How the memory of a trace's machine came to hold what it held at power-on.
final class MemoryOrigins {
  private let reader: TraceReader
  private let files: [ImageRole: String]
  private var known: [ImagePlacement]?

  /// - Parameter files: where images are that the trace only names.
  init(_ reader: TraceReader, files: [ImageRole: String]) { (self.reader, self.files) = (reader, files) }

  /// The places of the images, which are read once, and not before somebody asks.
  private func placements() throws -> [ImagePlacement] {
    if let known { return known }
    let found = try TraceMachine.placements(reader, files: files)
    known = found
    return found
  }

  /// Stretches that together are the `count` bytes at guest-physical `address`.
  func stretches(of address: UInt64, count: Int) throws -> [MemoryOriginStretch] {
    let placements = try placements()
    let end = address + UInt64(count)
    // Within a stretch nothing begins and nothing ends.
    var borders = [address, end]
    for placement in placements {
      borders += [placement.address, placement.address + placement.byteCount].filter { $0 > address && $0 < end }
    }
    borders.sort()
    var stretches: [MemoryOriginStretch] = []
    for (start, next) in zip(borders, borders.dropFirst()) where start < next {
      let holder = placements.last { start >= $0.address && start - $0.address < $0.byteCount }
      stretches.append(MemoryOriginStretch(byteCount: Int(next - start), origin: Self.origin(holder, start)))
    }
    return stretches
  }

  private static func origin(_ placement: ImagePlacement?, _ address: UInt64) -> MemoryOrigin {
    guard let placement else { return .zero }
    let offset = placement.offset + (address - placement.address)
    guard placement.name.isEmpty else {
      return .image(role: placement.what, name: placement.name, offset: offset)
    }
    return .made(placement.what, offset: offset)
  }
}
