import Host
import Testing

@testable import Commands

/// Scenarios that name an image by its digest alone, and where that is found.
@Suite struct DigestImageTests {
  private static let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
    .joined(separator: "/")

  private static func scenario(_ folder: Folder, _ image: [UInt8]) throws -> (file: String, digest: String) {
    let digest = Show.hexadecimal(ContentDigest.sha256(image))
    let text = """
      name: one
      machine: {ram: 16M}
      images: {firmware: {sha256: \(digest.uppercased())}}
      script: [{type: abq}]
      """
    return (try folder.write("one.yaml", Array(text.utf8)), digest)
  }

  @Test func theImageIsFoundByItsName() throws {
    let (folder, images) = (try Folder(), try Folder())
    let (file, digest) = try Self.scenario(folder, Guests.echo)
    _ = try images.write(digest, Guests.echo)
    let environment = ["REPRISE_IMAGES": images.path]
    for command in [["test", "--keep", "none"], ["run", "--quiet"]] {
      let result = reprise(command + [file], environment: environment)
      #expect(result.status == 0, "\(result.text)\(result.error)")
    }
    // A file that only has the name is not taken for it.
    _ = try images.write(digest, Guests.ticker)
    let wrong = reprise(["test", file, "--keep", "none"], environment: environment)
    #expect(wrong.status == 66 && wrong.text.contains("is not the file that is wanted"), "\(wrong.text)\(wrong.error)")
  }

  @Test func anImageThatIsNowhereIsNamedWithWhatToDo() throws {
    let folder = try Folder()
    let (file, digest) = try Self.scenario(folder, Guests.echo)
    let near = reprise("run", "--quiet", file)
    #expect(near.status == 66)
    #expect(near.error.contains("one.yaml:3:20: there is no firmware with the SHA-256 digest \(digest)"))
    #expect(
      near.error.contains("try: reprise info --images \(folder.path)/.cache/images FILE.reprise"), "\(near.error)")
    let given = reprise(["run", "--quiet", file], environment: ["REPRISE_IMAGES": "/no/such/folder"])
    #expect(given.error.contains("is looked for in /no/such/folder"))
    #expect(reprise("test", file, "--skip-missing").text.contains("there is no image with the digest \(digest)"))
  }

  @Test func aTraceGivesItsImages() throws {
    let recording = try EchoRecording()
    let images = try Folder()
    let result = reprise("info", recording.trace, "--images", images.path)
    let digest = Show.hexadecimal(ContentDigest.sha256(Guests.echo))
    #expect(result.status == 0 && result.text == "firmware echo.bin: \(images.file(digest))\n", "\(result.error)")
    #expect(try images.read(digest) == Guests.echo)
    // Once more changes nothing, and what a trace only names it does not give.
    #expect(reprise("info", recording.trace, "--images", images.path).status == 0)
    let without = try EchoRecording("--reference-images")
    let nothing = reprise("info", without.trace, "--images", images.path)
    #expect(nothing.status == 0 && nothing.text.isEmpty && nothing.error.contains("only names its firmware"))
    #expect(reprise("info", recording.trace, "--images", images.file(digest)).status == 73)
    #expect(reprise("info", recording.trace, "--images", images.path, "--json").status == 64)
  }

  /// The shipped scenario with a golden ladder, on the guest that a trace of the first format holds.
  @Test func theShippedRunIsTheSameForEver() throws {
    let images = try Folder()
    let trace = "\(Self.root)/Traces/formats/v1/whole.reprise"
    #expect(reprise("info", trace, "--images", images.path).status == 0)
    let scenario = "\(Self.root)/Scenarios/teach-ladder.yaml"
    let result = reprise(["test", scenario, "--keep", "none"], environment: ["REPRISE_IMAGES": images.path])
    #expect(result.status == 0 && result.text.contains("passed  teach-ladder"), "\(result.text)\(result.error)")
    #expect(reprise("bisect", "\(Self.root)/Scenarios/teach-ladder.ladder", trace).status == 0)
  }
}
