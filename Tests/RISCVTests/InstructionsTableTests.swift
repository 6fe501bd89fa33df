import RISCV
import Testing

@Suite("The instruction tables")
struct InstructionsTableTests {
  private struct Line {
    let operation: Operation
    let mask: UInt32
    let match: UInt32

    init(_ line: InstructionDescription, as operation: Operation? = nil) {
      self.operation = operation ?? line.operation
      mask = line.mask
      match = line.match
    }
  }

  /// Pairs of operations whose lines some word matches both of, the more specific one second.
  private static func overlaps(in lines: [Line]) -> [[Operation]] {
    var found: [[Operation]] = []
    for (index, first) in lines.enumerated() {
      for second in lines[(index + 1)...] where (first.match ^ second.match) & first.mask & second.mask == 0 {
        found.append([first.operation, second.operation])
      }
    }
    return found
  }

  /// Bits that are neither fixed by `mask`, nor a field, nor ignored in the format of `line`; or are two of these.
  private static func unaccountedBits(of line: InstructionDescription, mask: UInt32) -> UInt32 {
    let ones = Instruction(
      line.operation, rd: 31, rs1: 31, rs2: 31, rs3: 31, rounding: 7, immediate: line.format == .prefetch ? -32 : -1)
    let fields =
      InstructionsEncoder.encode(line, ones) ^ InstructionsEncoder.encode(line, Instruction(line.operation))
    let ignored = InstructionsEncoder.ignoredBits(of: line.format)
    return ~(mask ^ fields ^ ignored) | (mask & fields) | (mask & ignored) | (fields & ignored)
  }

  @Test("every operation but illegal has exactly one line")
  func oneLineEach() {
    let described = InstructionSet.all.map(\.operation.rawValue).sorted()
    let expected = Operation.allCases.filter { $0 != .illegal }.map(\.rawValue).sorted()
    #expect(described == expected)
  }

  @Test("an operation is named after its mnemonic")
  func names() {
    for line in InstructionSet.all {
      let parts = line.mnemonic.split(separator: ".")
      let name = parts.dropFirst().reduce(String(parts[0])) { $0 + $1.prefix(1).uppercased() + $1.dropFirst() }
      #expect(name == "\(line.operation)")
    }
  }

  @Test("every bit of every line is fixed, a field, or ignored, and only one of these")
  func masks() {
    for line in InstructionSet.all {
      #expect(Self.unaccountedBits(of: line, mask: line.mask) == 0, "\(line.mnemonic)")
      #expect(line.match & ~line.mask == 0, "\(line.mnemonic)")
      #expect(line.match & 0b11 == 0b11, "\(line.mnemonic)")
    }
  }

  @Test("canary: a line that leaves a bit open is noticed")
  func masksCanary() {
    let add = InstructionSet.description(of: .add)
    #expect(Self.unaccountedBits(of: add, mask: add.mask & ~(1 << 30)) == 1 << 30)
    #expect(Self.unaccountedBits(of: add, mask: add.mask | 1 << 20) == 1 << 20)
  }

  @Test("no word matches two lines, except the hints that lie inside other instructions")
  func overlap() {
    let expected: [[Operation]] = [[.ori, .prefetchI], [.ori, .prefetchR], [.ori, .prefetchW], [.fence, .pause]]
    let found = Self.overlaps(in: InstructionSet.all.map { Line($0) })
    #expect(found.count == expected.count)
    for pair in expected { #expect(found.contains(pair)) }
    for pair in found {
      let general = InstructionSet.description(of: pair[0])
      let special = InstructionSet.description(of: pair[1])
      #expect(general.mask & special.mask == general.mask)
    }
  }

  @Test("canary: two lines for the same words are noticed")
  func overlapCanary() {
    let sub = InstructionSet.description(of: .sub)
    #expect(Self.overlaps(in: [Line(sub), Line(sub, as: .add)]) == [[.sub, .add]])
  }

  @Test("descriptions and cost classes are found by operation")
  func lookup() {
    for operation in Operation.allCases {
      let line = InstructionSet.description(of: operation)
      #expect(line.operation == operation)
      #expect(InstructionSet.costClass(of: operation) == line.costClass)
    }
    #expect(InstructionSet.costClass(of: .divuw) == .divide)
    #expect(InstructionSet.costClass(of: .fnmaddD) == .floatFused)
    #expect(InstructionSet.costClass(of: .cboZero) == .cacheBlock)
  }

  @Test("every cost class and every extension has an operation")
  func everyClassIsUsed() {
    for costClass in CostClass.allCases {
      #expect(InstructionSet.all.contains { $0.costClass == costClass }, "\(costClass)")
    }
    for name in ISAExtension.allCases {
      #expect(InstructionSet.all.contains { $0.extension == name }, "\(name)")
    }
  }

  @Test("coverage lists what has not been tried")
  func coverage() {
    var coverage = InstructionCoverage()
    #expect(coverage.missing().count == Operation.allCases.count - 1)
    coverage.note(.illegal)
    coverage.note(.lui)
    #expect(coverage.missing().first == .auipc)
    for line in InstructionSet.all where line.operation != .sfenceVma { coverage.note(line.operation) }
    #expect(coverage.missing() == [.sfenceVma])
    coverage.note(.sfenceVma)
    #expect(coverage.missing().isEmpty)
  }
}
