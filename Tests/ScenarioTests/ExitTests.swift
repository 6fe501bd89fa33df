import Testing

@testable import Scenario

@Suite struct ExitTests {
  @Test func endsAreTakenAtTheirWord() {
    for wanted in Exit.plain {
      for end in Exit.plain { #expect(wanted.allows(end) == (wanted == end)) }
    }
    #expect(Exit.failure(nil).allows(.failure(7)))
    #expect(Exit.failure(7).allows(.failure(7)))
    #expect(!Exit.failure(8).allows(.failure(7)))
    #expect("\(Exit.failure(7))" == "failure 7")
  }

  @Test func keysHaveDifferentNamesAndSomethingToSend() {
    let names = Key.all.map(\.name)
    #expect(Set(names).count == names.count)
    #expect(Key.all.allSatisfy { !$0.bytes.isEmpty })
    #expect(Key(named: "ctrl-c")?.bytes == [3])
    #expect(Key(named: "enter")?.bytes == [13])
    #expect(Key(named: "up")?.bytes == [0x1b, 0x5b, 0x41])
    #expect(Key(named: "f12")?.bytes == Array("\u{1b}[24~".utf8))
    #expect(Key(named: "ctrl-1") == nil)
  }
}
