public import Archive

/// Something that two machines do not have in common before they have taken a step.
public struct HeaderDifference: Hashable, Sendable {
  /// What it is: `ramSize`, `costModel`, `kernel`.
  public let name: String
  /// What each has, for people.
  public let values: Sides<String>
  /// Whether it is an image.
  public let isImage: Bool

  /// A difference.
  public init(_ name: String, _ values: Sides<String>, isImage: Bool = false) {
    (self.name, self.values, self.isImage) = (name, values, isImage)
  }

  /// What the machines of two traces differ in, in the order of the header. Names of files and what was recorded beside
  /// the run are no differences.
  public static func between(_ a: TraceHeader, _ b: TraceHeader) -> [HeaderDifference] {
    var all = single("board", a.board, b.board)
    all += named(
      a.parameters.filter { $0.name != "effects" }.map { ($0.name, "\($0.value)") },
      b.parameters.filter { $0.name != "effects" }.map { ($0.name, "\($0.value)") })
    all += named(
      a.textParameters.map { ($0.name, quoted($0.value)) }, b.textParameters.map { ($0.name, quoted($0.value)) })
    all += single("costModel", costModel(a), costModel(b))
    all += single("seed", "\(a.seed)", "\(b.seed)")
    all += single("epochNanoseconds", "\(a.epochNanoseconds)", "\(b.epochNanoseconds)")
    let images = named(a.images.map { ($0.role, image($0)) }, b.images.map { ($0.role, image($0)) })
    return all + images.map { HeaderDifference($0.name, $0.values, isImage: true) }
  }

  private static func single(_ name: String, _ a: String, _ b: String) -> [HeaderDifference] {
    a == b ? [] : [HeaderDifference(name, Sides(a, b))]
  }

  private static func named(_ a: [(String, String)], _ b: [(String, String)]) -> [HeaderDifference] {
    var all: [HeaderDifference] = []
    for (name, value) in a {
      all += single(name, value, b.first { $0.0 == name }?.1 ?? "none")
    }
    for (name, value) in b where !a.contains(where: { $0.0 == name }) { all += single(name, "none", value) }
    return all
  }

  private static func costModel(_ header: TraceHeader) -> String {
    "\(header.costModel) revision \(header.costModelRevision)"
  }

  private static func image(_ image: ImageReference) -> String {
    let digest = image.sha256.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    let place = image.loadAddress == 0 ? "" : " at 0x\(String(image.loadAddress, radix: 16))"
    return "\(image.byteCount) bytes, SHA-256 \(digest)\(place)"
  }

  private static func quoted(_ text: String) -> String { "\"\(text)\"" }
}
