/// `monitor why`: who wrote a register or a stretch of memory last, and where that came from.
struct Why {
  private let session: GDBSession

  init(_ session: GDBSession) { self.session = session }

  /// The answer to `why` with `words`: what, and how many writers to go back.
  func answer(_ words: [String]) throws -> [String] {
    guard (1...2).contains(words.count) else { throw Monitor.Usage("one register, address or symbol") }
    let target = session.target
    let subject = try WhySubject(words[0], in: target, hart: session.selectedHart)
    var options = WhyOptions(hart: session.selectedHart)
    if words.count == 2 {
      guard let depth = Monitor.number(words[1][...]), (1...1000).contains(depth) else {
        throw Monitor.Usage("'\(words[1])' is not 1 to 1000 writers")
      }
      options.depth = Int(depth)
    }
    return try WhyTree(of: subject, at: target.moment, in: target, options).lines(isFork: target.fork != nil)
  }
}
