/// What is wrong with an image. `VirtMachine` adds which one it is.
public enum ImageProblem: Error, Hashable, Sendable {
  /// It does not begin as an ELF file, and nothing else can be started here.
  case notELF
  /// An ELF file of another kind.
  case unsupportedELF(String)
  /// The file ends in the middle of `what`.
  case truncated(what: String, at: Int)
  /// A part of it lies outside RAM.
  case outsideRAM(first: UInt64, last: UInt64)
  /// A part of it lies on top of another image.
  case overlaps(other: String, first: UInt64, last: UInt64)
  /// The kernel is compressed, or wrapped in a way that is not unwrapped here.
  case compressed(String)
  /// There is no such thing to start from.
  case missing(String)
}

/// An image that cannot be used, named, with what to do about it.
public struct ImageError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What the image is to the board: `kernel`, `firmware`, `initrd`.
  public let role: String
  /// The image's name.
  public let name: String
  /// What is wrong with it.
  public let problem: ImageProblem

  /// The error in a sentence or two.
  public var description: String { "\(role) \(name): \(explanation)" }

  private static func hexadecimal(_ value: UInt64) -> String { "0x" + String(value, radix: 16) }

  private var explanation: String {
    switch problem {
    case .notELF:
      "it is not an ELF file. Without firmware (--bios none) the kernel must be an ELF file; give --bios to start a "
        + "Linux image"
    case .unsupportedELF(let why): "it is an ELF file that cannot run here: \(why)"
    case .truncated(let what, let offset):
      "it ends at byte \(offset), in the middle of \(what). The file is incomplete: build or fetch it again"
    case .outsideRAM(let first, let last):
      "its bytes \(Self.hexadecimal(first)) to \(Self.hexadecimal(last)) lie outside RAM. Give more RAM with -m, or "
        + "link it to addresses from 0x80000000"
    case .overlaps(let other, let first, let last):
      "its bytes \(Self.hexadecimal(first)) to \(Self.hexadecimal(last)) overlap the \(other). Give more RAM with -m, "
        + "or a smaller image"
    case .compressed(let kind): "it is compressed (\(kind)). Give the plain Image: unpack it first"
    case .missing(let what): "there is none, and \(what)"
    }
  }
}
