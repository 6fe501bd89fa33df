/// One line of the instruction set: how an operation is written, encoded and paid for.
public struct InstructionDescription: Sendable {
  /// The assembler mnemonic, without the `.aq`/`.rl` suffix of atomics.
  public let mnemonic: String
  /// The operation this line describes.
  public let operation: Operation
  /// The bits of the 32-bit word that are fixed.
  public let mask: UInt32
  /// The values of the fixed bits; zero outside `mask`.
  public let match: UInt32
  /// Where the other bits go.
  public let format: Format
  /// The extension that defines the operation.
  public let `extension`: ISAExtension
  /// What the cost model charges for.
  public let costClass: CostClass

  /// Whether `word` is this instruction, unless a more specific line also matches (see `InstructionSet.all`).
  @inlinable
  public func matches(_ word: UInt32) -> Bool { word & mask == match }
}

/// The extension, by its name in the RISC-V manuals, that defines an operation.
public enum ISAExtension: UInt8, CaseIterable, Sendable {
  case rv64i, m, a, f, d
  case zicsr, zifencei, zihintpause
  case zba, zbb, zbs, zicond
  case zicbom, zicboz, zicbop, zawrs, zfa
  case privileged, svinval
}

/// Operations that cost the same number of cycles in every cost model share a class.
public enum CostClass: UInt8, CaseIterable, Sendable {
  /// Integer arithmetic, shifts, bit manipulation and hints that need no other class.
  case simple
  case multiply
  case divide
  /// Integer and floating-point loads.
  case load
  /// Integer and floating-point stores.
  case store
  /// Conditional branches, taken or not.
  case branch
  case jump
  /// Load-reserved, store-conditional and the atomic memory operations.
  case atomic
  case csr
  /// Memory, instruction and address-translation fences, and `pause`.
  case fence
  /// Environment calls, trap returns and waits.
  case system
  /// Sign injection, classification, moves, comparisons, minimum and maximum.
  case floatSimple
  /// Addition, subtraction, multiplication, conversion and rounding.
  case floatArithmetic
  case floatFused
  case floatDivide
  case floatSquareRoot
  /// Cache-block management, zeroing and prefetching.
  case cacheBlock
}
