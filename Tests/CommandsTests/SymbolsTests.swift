import FoundationEssentials
import Glibc
import Testing

@testable import Commands

@Suite struct SymbolsTests {
  /// A golden trace of the teaching guest, whose kernel is an ELF file with symbols and DWARF.
  private static let teach: String = {
    let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
    return root + "/Traces/virt/teach-shell.reprise"
  }()

  @Test func theSymbolsOfATraceAreListedAsByNm() throws {
    let result = reprise("symbols", Self.teach)
    #expect(result.status == 0)
    let lines = result.text.split(separator: "\n")
    #expect(lines.count > 100)
    let main = try #require(lines.first { $0.hasSuffix(" T kernel_main") })
    #expect(main.count == 16 + " T kernel_main".count)
    let address = "0x" + main.prefix(16).drop { $0 == "0" }
    let place = reprise("symbols", Self.teach, "--at", String(address))
    #expect(place.status == 0)
    #expect(place.text.hasPrefix("\(address) kernel_main, Scenarios/guests/teach/kernel/main.c:"))
    #expect(reprise("symbols", Self.teach, "--match", "kernel_m?in").text == main + "\n")
  }

  @Test func whatIsNotThereIsStatusOne() {
    #expect(reprise("symbols", Self.teach, "--match", "no_such*").status == 1)
    let nowhere = reprise("symbols", Self.teach, "--at", "0x10")
    #expect(nowhere.status == 1)
    #expect(nowhere.text == "0x10\n")
  }

  @Test func aKernelCanBeTakenElsewhere() throws {
    let usual = reprise("symbols", Self.teach, "--match", "kernel_main").text
    let moved = reprise("symbols", Self.teach, "--match", "kernel_main", "--kernel-slide", "0x100000000").text
    #expect(moved == usual.replacing("00000000", with: "00000001", maxReplacements: 1))
  }

  @Test func theFileForADebuggerHasTheSameSymbols() throws {
    let folder = try Folder()
    let elf = folder.file("kernel.elf")
    let written = reprise("symbols", Self.teach, "-o", elf)
    #expect(written.status == 0)
    #expect(written.text.contains("gdb-multiarch \(elf)"))
    let main = reprise("symbols", Self.teach, "--match", "kernel_main").text
    #expect(reprise("symbols", elf, "--match", "kernel_main").text == main)
    // A file given besides says the same; one that is elsewhere does not.
    #expect(reprise("symbols", Self.teach, "--symbols", elf, "--match", "kernel_main").text == main + main)
    let both = reprise("symbols", Self.teach, "--symbols", "\(elf)@0x1000", "--match", "kernel_main").text
    #expect(both.split(separator: "\n").count == 2 && both != main + main)
    // It is not replaced unasked.
    let again = reprise("symbols", Self.teach, "-o", elf)
    #expect(again.status == 64)
    #expect(again.error.contains("--force"))
    #expect(reprise("symbols", Self.teach, "-o", elf, "--force").status == 0)
    #expect(reprise("symbols", Self.teach, "-o", folder.file("no/such/folder")).status == 73)
  }

  private static let hasDebugger = access("/usr/bin/gdb-multiarch", X_OK) == 0

  @Test(.enabled(if: hasDebugger, "gdb-multiarch is not installed"))
  func gdbTakesTheFileForADebugger() throws {
    let folder = try Folder()
    let elf = folder.file("kernel.elf")
    #expect(reprise("symbols", Self.teach, "-o", elf).status == 0)
    let line = reprise("symbols", Self.teach, "--match", "kernel_main").text
    let address = "0x" + line.prefix(16).drop { $0 == "0" }
    let command = "gdb-multiarch -nx -batch -ex 'info symbol \(address)+2' -ex 'break *kernel_main' \(elf) 2>&1"
    let stream = try #require(popen(command, "r"))
    defer { pclose(stream) }
    var said: [UInt8] = []
    while case let byte = fgetc(stream), byte != EOF { said.append(UInt8(truncatingIfNeeded: byte)) }
    let text = String(decoding: said, as: UTF8.self)
    #expect(text == "kernel_main + 2 in section .text\nBreakpoint 1 at \(address)\n")
  }

  @Test func imagesWithoutSymbolsAreTold() throws {
    let recording = try EchoRecording()
    let result = reprise("symbols", recording.trace)
    #expect(result.status == 1)
    #expect(result.error.contains("no symbols of the firmware (echo.bin)"))
    // The guest itself is a file that no symbols can be had from, and that is an error.
    let file = reprise("symbols", recording.guest)
    #expect(file.status == 65)
    #expect(file.error.contains("CONFIG_KALLSYMS"))
    #expect(reprise("symbols", recording.folder.file("missing")).status == 66)
  }

  @Test func imagesThatATraceOnlyNamesAreAskedFor() throws {
    let recording = try EchoRecording("--reference-images")
    #expect(reprise("symbols", recording.trace).error.contains("give --image firmware=FILE"))
    let given = reprise("symbols", recording.trace, "--image", "firmware=\(recording.guest)")
    #expect(given.error.contains("no symbols of the firmware (echo.bin)"))
    let other = try recording.folder.write("other.bin", Guests.ticker)
    #expect(reprise("symbols", recording.trace, "--image", "firmware=\(other)").status == 66)
  }

  @Test func aSlideIsANumberBehindTheLastAt() throws {
    #expect(SymbolArgument.parse("vmlinux") == ("vmlinux", 0))
    #expect(SymbolArgument.parse("vmlinux@0x200000") == ("vmlinux", 0x20_0000))
    #expect(SymbolArgument.parse("a@b@4096") == ("a@b", 4096))
    #expect(SymbolArgument.parse("vmlinux@-0x1000") == ("vmlinux", 0 &- 0x1000))
    #expect(SymbolArgument.parse("mail@example") == ("mail@example", 0))
    #expect(SymbolArgument.parse("@5") == ("@5", 0))
  }
}
