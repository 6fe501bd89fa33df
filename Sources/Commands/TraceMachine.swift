internal import Archive
internal import Backplane
internal import Boards
internal import Host
internal import RISCV

/// What a trace's header says of the machine, and the machine of a header.
enum TraceMachine {
  private enum Name {
    static let ramSize = "ramSize"
    static let clockHertz = "clockHertz"
    static let effects = "effects"
    static let bootArguments = "bootArguments"
  }

  /// The header of a recording.
  static func header(
    _ configuration: VirtConfiguration, clockHertz: UInt64, images: [ImageReference], collecting: EffectSelection,
    rungIntervalSteps: UInt64
  ) -> TraceHeader {
    TraceHeader(
      board: VirtMachine.boardName,
      parameters: [
        Parameter(Name.ramSize, configuration.ramSize), Parameter(Name.clockHertz, clockHertz),
        Parameter(Name.effects, UInt64(collecting.rawValue)),
      ],
      textParameters: [Parameter(Name.bootArguments, configuration.bootArguments)],
      costModel: CostModel.name, costModelRevision: CostModel.revision, seed: configuration.seed,
      epochNanoseconds: configuration.epochNanoseconds, rungIntervalSteps: rungIntervalSteps, images: images)
  }

  /// What a header asks for.
  struct Described: Equatable {
    var configuration: VirtConfiguration
    var clockHertz: UInt64
    var collected: EffectSelection
    var roles: [ImageRole]
  }

  /// What `header` asks for, when this release can make it.
  static func describe(_ header: TraceHeader) throws -> Described {
    guard header.board == VirtMachine.boardName else {
      throw foreign("it was recorded on the board '\(header.board)'; this release has '\(VirtMachine.boardName)'")
    }
    guard header.costModel == CostModel.name, header.costModelRevision == CostModel.revision else {
      throw foreign(
        "it counts cycles by the cost model '\(header.costModel)' revision \(header.costModelRevision); this release"
          + " has '\(CostModel.name)' revision \(CostModel.revision)")
    }
    let numbers = [Name.ramSize, Name.clockHertz, Name.effects]
    guard header.parameters.map(\.name) == numbers, header.textParameters.map(\.name) == [Name.bootArguments] else {
      let names = header.parameters.map(\.name) + header.textParameters.map(\.name)
      throw foreign(
        "its board has the parameters \(names.joined(separator: ", ")); this release's has"
          + " \((numbers + [Name.bootArguments]).joined(separator: ", "))")
    }
    let configuration = VirtConfiguration(
      ramSize: header.parameters[0].value, epochNanoseconds: header.epochNanoseconds,
      bootArguments: header.textParameters[0].value, seed: header.seed)
    guard configuration.isRAMSizeValid else {
      throw foreign("it asks for \(configuration.ramSize) bytes of RAM, which the board cannot have")
    }
    guard let effects = UInt8(exactly: header.parameters[2].value), effects < 8 else {
      throw foreign("it holds effects of the kinds \(header.parameters[2].value), which this release does not know")
    }
    let roles = try header.images.map { image in
      guard let role = ImageRole(rawValue: image.role) else {
        throw foreign("it has an image for '\(image.role)', which the board does not load")
      }
      return role
    }
    guard Set(roles).count == roles.count, header.rungIntervalSteps > 0 else {
      throw foreign("it names two images for the same role, or rungs that are no steps apart")
    }
    return Described(
      configuration: configuration, clockHertz: header.parameters[1].value,
      collected: EffectSelection(rawValue: effects), roles: roles)
  }

  /// The machine of the trace `reader`, at power-on.
  /// - Parameter files: where images are that the trace only names.
  static func make(_ reader: TraceReader, files: [ImageRole: String]) throws -> Machine<VirtBoard> {
    let described = try describe(reader.header)
    let machine = try VirtMachine.make(described.configuration, roles: described.roles) { role in
      try image(role, of: described, reader, files)
    }
    guard machine.board.fabric.clockHertz == described.clockHertz else {
      throw foreign(
        "its clock has \(described.clockHertz) Hz; this release's board has \(machine.board.fabric.clockHertz)")
    }
    return machine
  }

  /// What lies where in memory at power-on: see `VirtMachine.placements`.
  static func placements(_ reader: TraceReader, files: [ImageRole: String]) throws -> [ImagePlacement] {
    let described = try describe(reader.header)
    return try VirtMachine.placements(described.configuration, roles: described.roles) { role in
      try image(role, of: described, reader, files)
    }
  }

  private static func image(
    _ role: ImageRole, of described: Described, _ reader: TraceReader, _ files: [ImageRole: String]
  ) throws -> BoardImage {
    guard let number = described.roles.firstIndex(of: role) else {
      preconditionFailure("only the roles of the header are asked for")
    }
    let bytes = try bytes(ofImage: number, reader, from: files[role])
    return BoardImage(role: role, name: reader.header.images[number].name, bytes: bytes)
  }

  /// The bytes of image `number`, of the trace or of the file at `path`, with the digest that the header names.
  /// - Throws: `Failure`, `TraceError`.
  static func bytes(ofImage number: Int, _ reader: TraceReader, from path: String?) throws -> [UInt8] {
    let reference = reader.header.images[number]
    guard let bytes = try embedded(number, reader) else { return try read(reference, from: path) }
    guard ContentDigest.sha256(bytes) == reference.sha256 else {
      throw Failure(
        ExitStatus.damaged,
        "the \(reference.role) in the trace (\(reference.name)) does not have the SHA-256 digest that the header"
          + " names: \(Show.hexadecimal(reference.sha256)). Fetch the trace again, or record again")
    }
    return bytes
  }

  /// The bytes of image `number`, if the trace holds them.
  private static func embedded(_ number: Int, _ reader: TraceReader) throws -> [UInt8]? {
    let reference = reader.header.images[number]
    guard reference.isEmbedded else { return nil }
    guard reference.byteCount <= UInt64(ImageFiles.byteCountMax) else {
      throw foreign("its \(reference.role) has \(reference.byteCount) bytes, and at most 1 GiB is read")
    }
    // In one piece of the right size, which growing by doubling would not be.
    var bytes: [UInt8] = []
    bytes.reserveCapacity(Int(reference.byteCount))
    try reader.forEachPart(ofImage: number) { bytes += $0 }
    return bytes
  }

  private static func read(_ reference: ImageReference, from path: String?) throws -> [UInt8] {
    let digest = Show.hexadecimal(reference.sha256)
    guard let path else {
      throw Failure(
        ExitStatus.missingInput,
        "the trace names its \(reference.role) (\(reference.name), \(reference.byteCount) bytes, SHA-256 \(digest)) but"
          + " does not hold it: give the file with --image \(reference.role)=FILE")
    }
    let bytes = try InputFile.contents(of: path, limit: ImageFiles.byteCountMax)
    let found = ContentDigest.sha256(bytes)
    guard found == reference.sha256 else {
      throw Failure(
        ExitStatus.missingInput,
        "\(path) is not the \(reference.role) of the recording: it has the SHA-256 digest \(Show.hexadecimal(found)),"
          + " and the trace names \(digest)")
    }
    return bytes
  }

  private static func foreign(_ why: String) -> Failure {
    Failure(ExitStatus.damaged, "this release cannot replay the trace: \(why). Use the release that recorded it")
  }
}
