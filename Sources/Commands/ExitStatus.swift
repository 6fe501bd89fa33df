/// The exit statuses: the same for every command (decision 0013). A command that is asked to end by a signal leaves
/// with 128 and the signal's number: see `Interruption.exitStatus`.
public enum ExitStatus {
  /// As expected.
  public static let success: Int32 = 0
  /// The verdict is no.
  public static let no: Int32 = 1
  /// A replay diverged from its own recording.
  public static let diverged: Int32 = 3
  /// Two engines that ran side by side differ.
  public static let enginesDiffer: Int32 = 4
  /// The command line is wrong.
  public static let usage: Int32 = 64
  /// A trace or an image is damaged or foreign.
  public static let damaged: Int32 = 65
  /// An input is missing.
  public static let missingInput: Int32 = 66
  /// An optional tool is missing.
  public static let missingTool: Int32 = 69
  /// The program is wrong.
  public static let internalError: Int32 = 70
  /// A file cannot be created.
  public static let cannotCreate: Int32 = 73
  /// A file cannot be written: not to its end, or not at all because another process writes to it.
  public static let inputOutput: Int32 = 74
  /// A scenario is wrong.
  public static let badScenario: Int32 = 78
  /// A budget ran out.
  public static let budget: Int32 = 124
  /// Under `git bisect run`: this commit cannot be judged.
  public static let cannotJudge: Int32 = 125

  /// The status that tells the most of `statuses`, those of several tasks (decision 0019): what casts doubt on the tool
  /// first, then what is wrong with an input, then a verdict of no.
  static func worst(_ statuses: some Sequence<Int32>) -> Int32 {
    let order = [
      internalError, enginesDiffer, diverged, damaged, missingInput, badScenario, usage, cannotCreate, inputOutput, no,
      budget,
    ]
    let all = Array(statuses)
    // One that nobody has thought of is the worst of all.
    if let unknown = all.first(where: { $0 != success && !order.contains($0) }) { return unknown }
    return order.first(where: all.contains) ?? success
  }
}

/// Why a command ends before its work is done.
struct Failure: Error, Equatable {
  /// The exit status.
  var status: Int32
  /// What was found, where, and what to do.
  var message: String
  /// A command to try next, if one helps.
  var next: String?

  init(_ status: Int32, _ message: String, next: String? = nil) {
    (self.status, self.message, self.next) = (status, message, next)
  }
}
