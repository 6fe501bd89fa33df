public import Scenario

/// Reads scenarios from YAML, strictly: what is not understood is an error, with its place.
///
/// The language is described in `Scenarios/README.md`, and for editors by `Scenarios/scenario.schema.json`.
public enum ScenarioFile {
  /// Reads a file that another includes, by its path as messages name it.
  public typealias Reader = (_ path: String) throws -> [UInt8]

  /// The scenario in `bytes`, without its matrix.
  /// - Parameters:
  ///   - name: what to call the file in messages: its path, to which the paths of included files are relative.
  ///   - parameters: values from outside, which go before the defaults. Those that the file does not have are of no
  ///     matter to it.
  ///   - files: reads included files; without it there are none.
  /// - Throws: `ScenarioError` at the first thing that is wrong.
  public static func parse(
    bytes: [UInt8], name: String, parameters: [Scenario.Parameter] = [], files: Reader? = nil
  ) throws(ScenarioError) -> Scenario {
    try reading { () throws(Problem) in
      let template = try Template(bytes, name, files)
      return try template.scenario(template.values(given: parameters), variant: [])
    }
  }

  /// The scenarios in `bytes`: one for each combination of the values in its matrix, the last parameter of the matrix
  /// changing first.
  /// - Parameters:
  ///   - name: what to call the file in messages: its path, to which the paths of included files are relative.
  ///   - parameters: values from outside, which go before the file's own. Those that the file does not have are of no
  ///     matter to it.
  ///   - files: reads included files; without it there are none.
  /// - Throws: `ScenarioError` at the first thing that is wrong.
  public static func expand(
    bytes: [UInt8], name: String, parameters: [Scenario.Parameter] = [], files: Reader? = nil
  ) throws(ScenarioError) -> [Scenario] {
    try reading { () throws(Problem) in
      let template = try Template(bytes, name, files)
      var scenarios: [Scenario] = []
      for variant in try template.variants(without: parameters.map(\.name)) {
        let values = template.values(given: parameters, variant)
        scenarios.append(try template.scenario(values, variant: variant.map { Scenario.Parameter($0.name, $0.text) }))
      }
      return scenarios
    }
  }

  private static func reading<Result>(_ body: () throws(Problem) -> Result) throws(ScenarioError) -> Result {
    do throws(Problem) { return try body() } catch {
      throw ScenarioError(
        file: error.mark.file, line: error.mark.line, column: error.mark.column, message: error.message)
    }
  }
}

/// A scenario's file with all that it includes, before its parameters have values.
private struct Template {
  private let root: YAMLNode
  private let prefixes: [String: String]
  private let parameters: Parameters

  init(_ bytes: [UInt8], _ name: String, _ files: ScenarioFile.Reader?) throws(Problem) {
    var includer = Includer(files)
    root = try includer.root(bytes, name)
    prefixes = includer.prefixes
    let fields = try Fields(root, .scenario)
    parameters = try Parameters(fields["parameters"], matrix: fields["matrix"])
  }

  func variants(without given: [String]) throws(Problem) -> [[Parameters.Value]] {
    try parameters.variants(without: given)
  }

  func values(given: [Scenario.Parameter], _ variant: [Parameters.Value] = []) -> [Parameters.Value] {
    parameters.values(given: given, variant)
  }

  func scenario(_ values: [Parameters.Value], variant: [Scenario.Parameter]) throws(Problem) -> Scenario {
    var substitution = Substitution(values)
    var scenario = try Decoder(prefixes: prefixes).scenario(try substitution.apply(to: root))
    scenario.variant = variant
    scenario.parameters = values.map { Scenario.Parameter($0.name, $0.text) }
    return scenario
  }
}
