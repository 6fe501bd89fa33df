// testfloat-check: recomputes the cases that Berkeley TestFloat's `testfloat_gen` writes and reports every difference.
//
//   testfloat_gen -rnear_even f64_add | testfloat-check f64_add -rnear_even
//
// Takes the function and the same options for rounding and exactness as `testfloat_gen`, and cases on standard input.
// Prints the first mismatches and a last line "N cases, M mismatches". Exit status: 0 no mismatch, 1 some, 64 usage,
// 65 a line that is not a case, or no cases at all.
//
// `testfloat_gen` must be linked with SoftFloat built for RISC-V (SPECIALIZE_TYPE=RISCV). Other builds return other
// NaNs, and for conversions to integers that raise NV other values: RISC-V gives the nearer end of the range, and the
// upper end for a NaN of either sign. It must run with tininess after rounding (its default), and with `-exact` for
// conversions to integers, which in RISC-V raise NX.

import SoftFloat

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

let modes: [String: RoundingMode] = [
  "-rnear_even": .nearestEven, "-rminMag": .towardZero, "-rmin": .down, "-rmax": .up,
  "-rnear_maxMag": .nearestMaxMagnitude,
]
let shownMismatchLimit = 10

func fail(_ message: String, status: Int32) -> Never {
  print("testfloat-check: \(message)")
  exit(status)
}

var function: String?
var mode = RoundingMode.nearestEven
var exact = false
for argument in CommandLine.arguments.dropFirst() {
  if let named = modes[argument] {
    mode = named
  } else if argument == "-exact" || argument == "-notexact" {
    exact = argument == "-exact"
  } else if argument.hasPrefix("-") || function != nil {
    fail("unexpected argument '\(argument)'", status: 64)
  } else {
    function = argument
  }
}
guard let function else {
  fail("usage: testfloat-check FUNCTION [\(modes.keys.sorted().joined(separator: "|"))] [-exact|-notexact]", status: 64)
}
guard let operation = Operation.named(function, exact: exact) else {
  fail("no function '\(function)' in RISC-V's F and D extensions", status: 64)
}

var checker = Checker(operation, mode)
while let line = readLine() {
  guard let test = TestCase(line, of: operation) else {
    fail("line \(checker.caseCount + 1) is not a case of \(function): '\(line)'", status: 65)
  }
  let differences = checker.check(test)
  if !differences.isEmpty, checker.mismatchCount <= shownMismatchLimit {
    print("\(function): expected \(line)")
    for difference in differences { print("  \(difference)") }
  }
}
print("\(checker.caseCount) cases, \(checker.mismatchCount) mismatches")
if checker.caseCount == 0 { fail("no cases on standard input", status: 65) }
exit(checker.mismatchCount == 0 ? 0 : 1)
