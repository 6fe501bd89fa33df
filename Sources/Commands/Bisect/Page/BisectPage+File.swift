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
  /// Where values that differ came from, side by side.
  var whys: [(side: String, value: WhyValue)] { [] }
}
