/// The keys that are for Reprise and not for the guest: Ctrl-A and one more, as in QEMU.
public struct EscapeKeys: Sendable {
  /// What keys mean.
  public enum Meaning: Hashable, Sendable {
    /// These bytes are for the guest.
    case send([UInt8])
    /// End the run.
    case end
    /// Show what the keys are.
    case help
  }

  /// What `Ctrl-A h` shows.
  public static let help = """
    Ctrl-A h   this help
    Ctrl-A x   end the run
    Ctrl-A a   send Ctrl-A to the guest (Ctrl-A Ctrl-A does the same)
    """

  private static let escape: UInt8 = 1
  private var isEscaped = false

  /// No key has been pressed.
  public init() {}

  /// What `bytes`, typed after all those before, mean. Anything else after Ctrl-A is dropped, as in QEMU.
  public mutating func read(_ bytes: [UInt8]) -> [Meaning] {
    var meanings: [Meaning] = []
    var sent: [UInt8] = []
    func flush() {
      if !sent.isEmpty { meanings.append(.send(sent)) }
      sent = []
    }
    for byte in bytes {
      guard isEscaped else {
        if byte == Self.escape { isEscaped = true } else { sent.append(byte) }
        continue
      }
      isEscaped = false
      switch byte {
      case UInt8(ascii: "x"), UInt8(ascii: "X"):
        flush()
        meanings.append(.end)
      case UInt8(ascii: "h"), UInt8(ascii: "H"), UInt8(ascii: "?"):
        flush()
        meanings.append(.help)
      case UInt8(ascii: "a"), UInt8(ascii: "A"), Self.escape: sent.append(Self.escape)
      default: break
      }
    }
    flush()
    return meanings
  }
}
