/// Two timelines below each other, drawn as SVG. Kinds differ in shape, not in colour alone, and things have titles.
struct TimelineDrawing {
  private static let (left, right) = (40, 944)
  private static let laneTops = [62, 150]
  private static let height = 262
  /// The most things of a kind that are drawn in a lane.
  private static let drawnMax = 400
  private static let bucketCount = 226

  let timeline: BisectTimeline
  let range: ClosedRange<UInt64>
  /// Tells this drawing from others of the page.
  let name: String
  let title: String
  let description: String

  /// Writes it.
  func draw(into page: inout Markup) {
    page.element(
      "svg",
      [
        ("viewBox", "0 0 960 \(Self.height)"), ("role", "img"),
        ("aria-labelledby", "\(name)-title \(name)-description"), ("xmlns", "http://www.w3.org/2000/svg"),
      ]
    ) { page in
      page.element("title", [("id", "\(name)-title")], title)
      page.element("desc", [("id", "\(name)-description")], description)
      axis(&page)
      lane("A", timeline.a, Self.laneTops[0], &page)
      lane("B", timeline.b, Self.laneTops[1], &page)
      parting(&page)
      legend(&page)
    }
  }

  /// Where step `step` is, in tenths of a pixel.
  private func place(_ step: UInt64) -> Int {
    let (first, last) = (range.lowerBound, range.upperBound)
    let within = min(max(step, first), last) - first
    // In floating point, for drawing alone.
    let part = Double(within) / Double(max(1, last - first))
    return Self.left * 10 + Int(part * Double((Self.right - Self.left) * 10))
  }

  private static func pixels(_ tenths: Int) -> String { "\(tenths / 10).\(tenths % 10)" }

  // MARK: - The axis

  private func axis(_ page: inout Markup) {
    let bottom = Self.laneTops[1] + 50
    let labels = Self.ticks(range)
    for (index, step) in labels.enumerated() {
      let x = Self.pixels(place(step))
      line("grid", x, 30, x, bottom, &page)
      let anchor = index == 0 ? "start" : index == labels.count - 1 ? "end" : "middle"
      text(Show.count(step), x, bottom + 16, [("class", "quiet"), ("text-anchor", anchor)], &page)
    }
  }

  /// Both ends, and round numbers between them.
  private static func ticks(_ range: ClosedRange<UInt64>) -> [UInt64] {
    let span = range.upperBound - range.lowerBound
    var gap: UInt64 = 1
    while span / gap > 5, gap < 1 << 60 { gap = gap.leadingDigit == 2 ? gap / 2 * 5 : gap * 2 }
    if gap > 1 << 60 { return [range.lowerBound, range.upperBound] }
    var ticks = [range.lowerBound]
    var next = range.lowerBound / gap * gap
    while next < range.upperBound {
      if next - min(next, range.lowerBound) > span / 8, range.upperBound - next > span / 8 { ticks.append(next) }
      let (sum, overflow) = next.addingReportingOverflow(gap)
      if overflow { break }
      next = sum
    }
    return ticks + [range.upperBound]
  }

  // MARK: - A lane

  private func lane(_ side: String, _ lane: BisectTimeline.Lane, _ top: Int, _ page: inout Markup) {
    let style = side == "A" ? "a" : "b"
    page.element("g", [("aria-label", "run \(side)")]) { page in
      text(side, "\(Self.left - 24)", top + 13, [("class", style), ("font-weight", "700")], &page)
      guard lane.last >= range.lowerBound, lane.first <= range.upperBound else { return }
      let (start, end) = (place(lane.first), place(lane.last))
      let middle = timeline.parting.map { min(max(place($0), start), end) } ?? end
      bar("same", start, middle, top, &page)
      bar(style, middle, end, top, &page)
      interrupts(lane, top + 18, &page)
      rungs(lane, top + 40, &page)
      for input in drawn(lane.inputs, \.step) {
        let x = place(input.step)
        titled("\(input.text) entered at @\(Show.count(input.step))", &page) { page in
          let points =
            "\(Self.pixels(x - 45)),\(top - 11) \(Self.pixels(x + 45)),\(top - 11) \(Self.pixels(x)),\(top - 2)"
          page.void("polygon", [("class", "input"), ("points", points)])
        }
      }
      marks(lane, top, &page)
    }
  }

  private func bar(_ style: String, _ start: Int, _ end: Int, _ top: Int, _ page: inout Markup) {
    guard end > start else { return }
    page.void(
      "rect",
      [
        ("class", style), ("x", Self.pixels(start)), ("y", "\(top)"), ("width", Self.pixels(end - start)),
        ("height", "16"), ("rx", "2"),
      ])
  }

  /// So many in each stretch of four pixels, as a line whose length says how many.
  private func interrupts(_ lane: BisectTimeline.Lane, _ top: Int, _ page: inout Markup) {
    guard let all = lane.interrupts else { return }
    var counts = [Int](repeating: 0, count: Self.bucketCount + 1)
    for step in all where range.contains(step) {
      counts[(place(step) - Self.left * 10) * Self.bucketCount / ((Self.right - Self.left) * 10)] += 1
    }
    guard let most = counts.max(), most > 0 else { return }
    page.element("g") { page in
      page.element("title", "interrupts: at most \(Show.count(most)) in a stretch of this width")
      for (index, count) in counts.enumerated() where count > 0 {
        let x = Self.pixels(Self.left * 10 + index * ((Self.right - Self.left) * 10) / Self.bucketCount)
        line("interrupt", x, top, x, top + 3 + 13 * count / most, &page)
      }
    }
  }

  private func rungs(_ lane: BisectTimeline.Lane, _ middle: Int, _ page: inout Markup) {
    for rung in drawn(lane.rungs, \.step) {
      let x = place(rung.step)
      let what = ["same": "the same on both sides", "different": "different", "alone": "on this side only"]
      titled("rung at @\(Show.count(rung.step)), \(what[rung.state.rawValue] ?? "")", &page) { page in
        if rung.state == .different {
          page.void(
            "rect",
            [
              ("class", "different"), ("x", Self.pixels(x - 30)), ("y", "\(middle - 3)"), ("width", "6"),
              ("height", "6"),
            ])
        } else {
          page.void(
            "circle",
            [
              ("class", rung.state == .same ? "same" : "hollow stroke"), ("cx", Self.pixels(x)), ("cy", "\(middle)"),
              ("r", "2.5"),
            ])
        }
      }
    }
  }

  private func marks(_ lane: BisectTimeline.Lane, _ top: Int, _ page: inout Markup) {
    var behindLabel = Int.min
    for mark in drawn(lane.marks, \.step) {
      let x = place(mark.step)
      titled("mark \(mark.text) at @\(Show.count(mark.step))", &page) { page in
        let points =
          "\(Self.pixels(x)),\(top + 1) \(Self.pixels(x + 60)),\(top + 8) \(Self.pixels(x)),\(top + 15)"
          + " \(Self.pixels(x - 60)),\(top + 8)"
        page.void("polygon", [("class", "mark"), ("points", points)])
      }
      let short = mark.text.count > 18 ? mark.text.prefix(17) + "…" : mark.text[...]
      let width = short.count * 75
      let start = min(max(x - width / 2, Self.left * 10), Self.right * 10 - width)
      guard start > behindLabel else { continue }
      behindLabel = start + width + 60
      text(String(short), Self.pixels(start), top - 14, [("class", "quiet")], &page)
    }
  }

  /// What of `all` is drawn: all that is in range, or evenly many of them.
  private func drawn<Thing>(_ all: [Thing], _ step: KeyPath<Thing, UInt64>) -> [Thing] {
    let inside = all.filter { range.contains($0[keyPath: step]) }
    guard inside.count > Self.drawnMax else { return inside }
    return (0..<Self.drawnMax).map { inside[$0 * inside.count / Self.drawnMax] }
  }

  // MARK: - The parting and the legend

  private func parting(_ page: inout Markup) {
    guard let step = timeline.parting, range.contains(step) else { return }
    let x = place(step)
    line("parting", Self.pixels(x), 20, Self.pixels(x), Self.laneTops[1] + 50, &page)
    let anchor = x < 2000 ? "start" : x > 8000 ? "end" : "middle"
    text(
      "they part at @\(Show.count(step))", Self.pixels(x), 14,
      [("class", "parting"), ("text-anchor", anchor), ("font-weight", "700")], &page)
  }

  private func legend(_ page: inout Markup) {
    let y = Self.height - 12
    var x = Self.left
    func entry(_ words: String, _ width: Int, _ shape: (inout Markup, Int) -> Void) {
      shape(&page, x)
      text(words, "\(x + 14)", y + 4, [("class", "quiet")], &page)
      x += width
    }
    entry("both the same", 128) { $0.void("rect", Self.square("same", $1, y)) }
    entry("rung, the same", 132) { page, x in
      page.void("circle", [("class", "same"), ("cx", "\(x + 4)"), ("cy", "\(y)"), ("r", "2.5")])
    }
    entry("rung, different", 134) { page, x in
      page.void(
        "rect", [("class", "different"), ("x", "\(x + 1)"), ("y", "\(y - 3)"), ("width", "6"), ("height", "6")])
    }
    entry("rung of one side", 144) { page, x in
      page.void("circle", [("class", "hollow stroke"), ("cx", "\(x + 4)"), ("cy", "\(y)"), ("r", "2.5")])
    }
    entry("input", 72) { page, x in
      page.void("polygon", [("class", "input"), ("points", "\(x),\(y - 5) \(x + 9),\(y - 5) \(x + 4),\(y + 4)")])
    }
    entry("interrupts", 104) { page, x in
      for (offset, top) in [(1, -2), (4, -6), (7, 0)] {
        page.void(
          "line",
          [
            ("class", "interrupt"), ("x1", "\(x + offset)"), ("x2", "\(x + offset)"), ("y1", "\(y + top)"),
            ("y2", "\(y + 6)"),
          ])
      }
    }
    entry("mark", 60) { page, x in
      page.void(
        "polygon",
        [("class", "mark"), ("points", "\(x + 4),\(y - 6) \(x + 10),\(y) \(x + 4),\(y + 6) \(x - 2),\(y)")])
    }
  }

  private static func square(_ style: String, _ x: Int, _ y: Int) -> [(String, String)] {
    [("class", style), ("x", "\(x)"), ("y", "\(y - 5)"), ("width", "10"), ("height", "10"), ("rx", "2")]
  }

  // MARK: - Parts

  private func titled(_ title: String, _ page: inout Markup, _ body: (inout Markup) -> Void) {
    page.element("g") { page in
      page.element("title", title)
      body(&page)
    }
  }

  private func line(_ style: String, _ x1: String, _ y1: Int, _ x2: String, _ y2: Int, _ page: inout Markup) {
    page.void("line", [("class", style), ("x1", x1), ("y1", "\(y1)"), ("x2", x2), ("y2", "\(y2)")])
  }

  private func text(
    _ words: String, _ x: String, _ y: Int, _ attributes: [(String, String)], _ page: inout Markup
  ) {
    page.element("text", [("x", x), ("y", "\(y)")] + attributes, words)
  }
}

extension UInt64 {
  fileprivate var leadingDigit: UInt64 {
    var rest = self
    while rest >= 10 { rest /= 10 }
    return rest
  }
}
