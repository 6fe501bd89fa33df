internal import Bits

/// The payload of the header section. Source: `Documentation/TraceFormat.md`, "header".
extension TraceHeader {
  private static let maximumListCount = 1 << 12

  /// Whether the header is small enough for a trace: at most 1 MiB, and 4,096 entries in each list.
  public var fitsInTrace: Bool {
    max(parameters.count, textParameters.count, images.count) <= Self.maximumListCount
      && payload.count <= SectionKind.header.maximumPayloadByteCount
  }

  var payload: [UInt8] {
    var bytes: [UInt8] = []
    bytes.appendText(board)
    bytes.appendVarint(UInt64(parameters.count))
    for parameter in parameters {
      bytes.appendText(parameter.name)
      bytes.appendVarint(parameter.value)
    }
    bytes.appendVarint(UInt64(textParameters.count))
    for parameter in textParameters {
      bytes.appendText(parameter.name)
      bytes.appendText(parameter.value)
    }
    bytes.appendText(costModel)
    bytes.appendVarint(costModelRevision)
    bytes.appendVarint(seed)
    bytes.appendVarint(epochNanoseconds)
    bytes.appendVarint(rungIntervalSteps)
    bytes.appendVarint(UInt64(images.count))
    for image in images {
      bytes.appendText(image.role)
      bytes.appendText(image.name)
      bytes.appendVarint(image.loadAddress)
      bytes.appendVarint(image.byteCount)
      bytes += image.sha256
      bytes.append(image.isEmbedded ? 1 : 0)
    }
    return bytes
  }

  init(payload: [UInt8]) throws(PayloadFault) {
    var reader = PayloadReader(payload)
    board = try reader.text()
    parameters = []
    for _ in 0..<(try reader.recordCount(limit: Self.maximumListCount, minimum: 2)) {
      parameters.append(Parameter(try reader.text(), try reader.varint()))
    }
    textParameters = []
    for _ in 0..<(try reader.recordCount(limit: Self.maximumListCount, minimum: 2)) {
      textParameters.append(Parameter(try reader.text(), try reader.text()))
    }
    costModel = try reader.text()
    costModelRevision = try reader.varint()
    seed = try reader.varint()
    epochNanoseconds = try reader.varint()
    rungIntervalSteps = try reader.varint()
    images = []
    for _ in 0..<(try reader.recordCount(limit: Self.maximumListCount, minimum: 37)) {
      images.append(
        ImageReference(
          role: try reader.text(), name: try reader.text(), loadAddress: try reader.varint(),
          byteCount: try reader.varint(), sha256: try reader.take(32), isEmbedded: try reader.flag()))
    }
    try reader.finish()
  }
}
