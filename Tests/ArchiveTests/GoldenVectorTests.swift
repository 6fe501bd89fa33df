import Archive
import CZstd
import FoundationEssentials
import Fuzzing
import Testing
import VirtualTime

/// The trace that `Documentation/TraceFormat.md` spells out, byte by byte. Both directions must stay as they are for as
/// long as version 1 is read.
@Suite struct GoldenVectorTests {
  static let sample: Sample = {
    let image: [UInt8] = [0x13, 0x00, 0x00, 0x00]
    let reference = ImageReference(
      role: "kernel", name: "nop", loadAddress: 0x8000_0000, byteCount: 4, sha256: [UInt8](0x60...0x7F),
      isEmbedded: true)
    let header = TraceHeader(
      board: "virt", parameters: [Parameter("ram", 300)], textParameters: [Parameter("append", "quiet")],
      costModel: "flat", costModelRevision: 1, seed: 2, epochNanoseconds: 3, rungIntervalSteps: 16, images: [reference])
    let segment = SampleSegment(
      inputs: [InputRecord(moment: moment(5, 300), slot: 1, bytes: Array("ls".utf8))],
      effects: [
        EffectRecord(moment: moment(6, 301), kind: .interrupt(hart: 0, cause: 9, pc: 0x8000_0010)),
        EffectRecord(moment: moment(7, 302), kind: .read(slot: 1, offset: 0, width: 1, value: 0x6C)),
        EffectRecord(moment: moment(8, 303), kind: .write(slot: 1, offset: 5, width: 4, value: 200)),
        EffectRecord(moment: moment(8, 310), kind: .output(slot: 1, byte: 0x6C)),
        EffectRecord(moment: moment(9, 320), kind: .output(slot: 1, byte: 0x73)),
      ],
      rungs: [
        Rung(moment: moment(16, 400), digest: TraceDigest(high: 0x0F0E_0D0C_0B0A_0908, low: 0x0706_0504_0302_0100))
      ],
      marks: [Mark(moment: moment(7, 302), name: "key", isAutomatic: false)], covering: .zero...moment(16, 400))
    let end = EndRecord(
      moment: moment(20, 500), digest: TraceDigest(high: 0x1F1E_1D1C_1B1A_1918, low: 0x1716_1514_1312_1110),
      reason: .failure(code: 300),
      consoleDigest: TraceDigest(high: 0x2F2E_2D2C_2B2A_2928, low: 0x2726_2524_2322_2120), consoleByteCount: 2,
      inputCount: 1)
    return Sample(header: header, images: [image], segments: [segment], end: end)
  }()

  @Test func theDocumentedTraceIsReadAndWrittenAsDocumented() throws {
    let documented = try Self.documentedBytes()
    #expect(try Contents.read(documented).contents == Self.sample.contents)
    #expect(Forge.sections(of: Self.sample.file) == Forge.sections(of: documented), "format version 1 has changed")
    // Another release of libzstd may compress otherwise; what it compresses may not differ.
    if ZSTD_versionNumber() == 10504 { #expect(hexadecimal(Self.sample.file) == hexadecimal(documented)) }
  }

  @Test func theDocumentedCheckpointIsReadAndWrittenAsDocumented() throws {
    let documented = try Self.documentedBytes(of: "checkpoint")
    let references = [PageReference(page: 5, content: 2), PageReference(page: 6, content: 0)]
    let record = CheckpointTests.record(references)
    var writer = TraceWriter()
    var file = writer.header(Self.sample.header) + writer.image(0, bytes: Self.sample.images[0])
    file += writer.pages((0..<3).map(CheckpointTests.page)) + writer.checkpoint(record)
    #expect(Forge.sections(of: file).last?.payload == documented)
    let reader = try TraceReader(file)
    #expect(try reader.checkpoints.compactMap(reader.checkpoint) == [record])
  }

  /// The bytes of all blocks of the document that are marked `language`.
  private static func documentedBytes(of language: String = "hex") throws -> [UInt8] {
    let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
    let text = try String(contentsOfFile: root + "/Documentation/TraceFormat.md", encoding: .utf8)
    var bytes: [UInt8] = []
    var isInside = false
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("```") {
        isInside = line == "```" + language
      } else if isInside {
        for pair in line.split(separator: " ") { bytes.append(try #require(UInt8(pair, radix: 16))) }
      }
    }
    return bytes
  }

  private func hexadecimal(_ bytes: [UInt8]) -> String {
    bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined(separator: " ")
  }
}
