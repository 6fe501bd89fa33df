internal import Archive
internal import Backplane
internal import Boards
internal import Host

/// The images of a plan, read from their files one at a time.
enum ImageFiles {
  /// The largest image that is read.
  static let byteCountMax = 1 << 30

  /// The machine of `plan` at power-on, and what a header says of its images.
  /// - Parameter look: is shown each image before it is let go.
  static func makeMachine(
    _ plan: MachinePlan, embedding: Bool, look: (BoardImage) -> Void = { _ in }
  ) throws -> (machine: Machine<VirtBoard>, references: [ImageReference]) {
    var references: [ImageReference] = []
    let machine = try VirtMachine.make(plan.configuration, roles: plan.images.map(\.role)) { role in
      guard let file = plan.images.first(where: { $0.role == role }) else {
        preconditionFailure("only the roles of the plan are asked for")
      }
      // Errors name the path; the trace, only the last part of it.
      let image = BoardImage(role: role, name: file.path, bytes: try read(file))
      references.append(
        ImageReference(
          role: role.rawValue, name: baseName(file.path), loadAddress: 0, byteCount: UInt64(image.bytes.count),
          sha256: ContentDigest.sha256(image.bytes), isEmbedded: embedding))
      if let wanted = file.sha256, references.last?.sha256 != wanted {
        throw Failure(
          ExitStatus.missingInput,
          "\(file.origin): \(file.path) is not the file that is wanted: its SHA-256 digest is"
            + " \(Show.hexadecimal(references.last?.sha256 ?? [])), not \(Show.hexadecimal(wanted))")
      }
      look(image)
      return image
    }
    return (machine, references)
  }

  /// Reads the images of `plan` again and hands on the sections of `writer` that hold them.
  static func embed(
    _ plan: MachinePlan, _ references: [ImageReference], _ writer: inout TraceWriter, sink: ([UInt8]) throws -> Void
  ) throws {
    for (number, reference) in references.enumerated() where reference.isEmbedded {
      guard let file = plan.images.first(where: { $0.role.rawValue == reference.role }) else { continue }
      let bytes = try read(file)
      guard UInt64(bytes.count) == reference.byteCount, ContentDigest.sha256(bytes) == reference.sha256 else {
        throw Failure(ExitStatus.missingInput, "\(file.path) was changed while it was read: record again")
      }
      try sink(writer.image(number, bytes: bytes))
    }
  }

  private static func read(_ file: MachinePlan.Image) throws -> [UInt8] {
    do {
      return try InputFile.contents(of: file.path, limit: byteCountMax)
    } catch {
      throw Failure(ExitStatus.missingInput, "\(file.origin): \(error)")
    }
  }

  /// The last part of `path`: a trace holds no paths.
  static func baseName(_ path: String) -> String {
    path.split(separator: "/").last.map(String.init) ?? path
  }
}
