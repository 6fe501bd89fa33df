internal import ArgumentParser
internal import Backplane
internal import Boards
internal import RISCV

/// How a machine executes instructions. Nothing that a guest or a trace could show depends on it.
struct EngineOptions: ParsableArguments {
  @Option(
    name: .customLong("engine"),
    help: ArgumentHelp(
      "How instructions are executed: 'translator' (what runs often becomes code of this host), 'interpreter', or"
        + " 'lockstep': both, side by side, up to the first difference. The result is the same.", valueName: "engine"),
    transform: EngineOptions.parse)
  var choice = EngineChoice.translator

  private static func parse(_ text: String) throws -> EngineChoice {
    switch text {
    case "translator": return .translator
    case "interpreter": return .interpreter
    case "lockstep": return .lockstep
    default: throw BadArgument(description: "'\(text)' is not an engine: translator, interpreter or lockstep")
    }
  }

  /// Has `machine` run as chosen. Says once if this host can not do it.
  func apply(to machine: Machine<VirtBoard>, _ streams: Streams) {
    machine.engine = choice
    if choice != .interpreter, !Interpreter.canTranslate {
      streams.note("note: this host has no executable memory for the translator, or none is known for it; interpreting")
    }
  }
}

extension EngineStatistics {
  /// What `--stats` prints of a run of `steps`.
  func text(steps: UInt64) -> String {
    func percent(_ part: UInt64, of whole: UInt64) -> String {
      let tenths = whole == 0 ? 0 : part * 1000 / whole
      return "\(tenths / 10).\(tenths % 10) %"
    }
    return """
      translated   \(Show.count(translatedSteps)) of \(Show.count(steps)) steps, \(percent(translatedSteps, of: steps))
      interpreted  \(percent(steps - min(steps, translatedSteps), of: steps))
      blocks       \(Show.count(blocks)), of \(Show.count(translatedInstructions)) instructions
      code         \(Show.count(hotBytes)) bytes that run often, \(Show.count(coldBytes)) that do not
      flushes      \(flushes)
      """
  }
}
