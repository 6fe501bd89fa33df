// fuzz: changes input at random and hands it to a reader until the time is over.
//
//   swift run -c release fuzz trace --seconds 600 [--seed S] [--memory MIB]
//   swift run -c release fuzz trace --only S
//   swift run -c release fuzz packets --seconds 600
//   swift run -c release fuzz programs --seconds 3600
//   swift run -c release fuzz hostile --seconds 3600
//
// Each round is made of one number, the seed, which counts up from S (default 0). A round fails when the reader does
// what it must not: traps, throws something that is not its own error, takes more than a minute, makes the process
// larger than MIB (default 512), or lets damage pass. The first failure ends the run and prints its seed and the line
// that repeats it; `--only` runs that one round, and leaves traps to the runtime, which shows where they are.
//
// `programs` and `hostile` run guests by translator and interpreter side by side: programs like those that are compared
// with QEMU, and random code on random page tables, besides guests that are bad for a translator on purpose.
//
// `fuzz trap`, `fuzz hang` and `fuzz glut` fail at their hundredth round, and `fuzz mistake`, whose translator makes
// one, before long: they show that failures are noticed.
//
// Exit status: 0 no failure, 1 a failure, 64 usage.

import Glibc
import RISCV
import Support

let subjects: [(name: String, make: () -> any Subject)] = [
  ("trace", { TraceSubject() }), ("packets", { PacketSubject() }),
  ("programs", { EngineSubject(kind: .programs) }), ("hostile", { EngineSubject(kind: .hostile) }),
  ("mistake", { EngineSubject(kind: .programs, fault: .signExtension) }),
  ("trap", { TrapSubject() }), ("hang", { HangSubject() }), ("glut", { GlutSubject() }),
]

@MainActor func usage(_ problem: String) -> Never {
  let names = subjects.map(\.name).joined(separator: "|")
  print("fuzz: \(problem)\nusage: fuzz \(names) --seconds N [--seed S] [--memory MIB] | fuzz SUBJECT --only S")
  exit(64)
}

var arguments = CommandLine.arguments.dropFirst()
guard let name = arguments.popFirst() else { usage("name what to fuzz") }
guard let subject = subjects.first(where: { $0.name == name })?.make() else { usage("no subject '\(name)'") }
var options: [String: UInt64] = [:]
while let option = arguments.popFirst() {
  guard ["--seconds", "--seed", "--memory", "--only"].contains(option) else { usage("unknown option '\(option)'") }
  guard let value = arguments.popFirst().flatMap({ UInt64($0) }) else { usage("\(option) wants a number") }
  options[option] = value
}

if let seed = options["--only"] {
  let problem = subject.round(seed: seed)
  print("seed \(seed): \(problem ?? "as it should be")")
  exit(problem == nil ? 0 : 1)
}
guard let seconds = options["--seconds"] else { usage("say for how many --seconds, or which seed --only") }
let run = Run(
  name: name, subject: subject, seconds: seconds, firstSeed: options["--seed"] ?? 0,
  memoryMebibytes: options["--memory"] ?? 512)
exit(run.run() ? 0 : 1)
