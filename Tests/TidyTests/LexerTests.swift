import Testing

@Suite struct LexerTests {
  private func words(_ text: String) -> [String] { Lexer.tokens(of: text).map(\.text) }

  @Test("Comments are no code") func comments() {
    #expect(words("a // b\n/* c /* d */ e */ f") == ["a", "f"])
  }

  @Test("Strings are one token, and what is interpolated is code") func strings() {
    #expect(words(#"a("b \"c\" // d")"#) == ["a", "(", "\"b c // d\"", ")"])
    #expect(words(#""a \(b + "c") d" e"#) == [#""a  d""#, "b", "+", "\"c\"", "e"])
    #expect(words("#\"a \\(b) \" c\"# d") == ["\"a \\(b) \" c\"", "d"])
    #expect(words("\"\"\"\na \"b\" c\n\"\"\" d") == ["\"\na \"b\" c\n\"", "d"])
  }

  @Test("Tokens know their lines") func lines() {
    #expect(Lexer.tokens(of: "a\n\"b\"\n/*\n*/c").map(\.line) == [1, 2, 4])
  }

  @Test("Functions are found with their extents, bodiless ones are not") func functionExtents() {
    let text = """
      protocol P { func a(); var b: Int { get } }
      func c(d: () -> Int = { 1 }) -> [Int] {
        if x { y() }
      }
      let e = 1
      init?(f: Int) { g = { 1 } }
      """
    let found = functions(in: SourceFile("Sources/Bits/Some.swift", text))
    #expect(
      found == [
        FunctionExtent(name: "b", first: 1, last: 1), FunctionExtent(name: "c", first: 2, last: 4),
        FunctionExtent(name: "init", first: 6, last: 6),
      ])
  }
}
