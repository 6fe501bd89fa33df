internal import Archive
internal import Timeline

extension BisectPage {
  /// Writes the page of `report` to the file at `path`.
  /// - Throws: `Failure`, `TraceError`.
  static func write(_ report: BisectReport, to path: String) throws {
    func reader(_ side: BisectReport.Recorded) throws -> TraceReader? {
      side.kind == "trace" ? try TraceFile.open(side.file) : nil
    }
    let readers = try Sides(reader(report.sides.a), reader(report.sides.b))
    let page = BisectPage(report: report, timeline: try BisectTimeline(report, readers), whys: report.whys)
    try ReportFile.write(page.text, to: path)
  }
}

extension BisectReport {
  /// Where the first value that differs came from, on each side that tells.
  var whys: [(side: String, value: WhyValue)] {
    [("A", why?.a), ("B", why?.b)].compactMap { side, told in told.map { (side, $0.value) } }
  }
}
