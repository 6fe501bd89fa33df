internal import Glibc
internal import Synchronization

/// The terminal on standard input, taken over so that every key goes to the guest, and given back on every way out.
public final class Terminal {
  /// What a signal handler needs to give the terminal back: the address of the attributes it had, and of those it has
  /// now. Never freed, because a signal may come at any time.
  private static let original = Atomic<UInt>(0)
  private static let raw = Atomic<UInt>(0)

  private var isRaw = true

  /// Takes the terminal over: keys come one by one, unchanged, and are not echoed; no key makes a signal.
  public init() throws(HostError) {
    var attributes = termios()
    guard tcgetattr(0, &attributes) == 0 else { throw HostError("take over", "the terminal") }
    Self.keep(attributes, in: Self.original)
    attributes.c_iflag &= ~tcflag_t(IGNBRK | BRKINT | PARMRK | ISTRIP | INLCR | IGNCR | ICRNL | IXON)
    attributes.c_lflag &= ~tcflag_t(ECHO | ECHONL | ICANON | ISIG | IEXTEN)
    attributes.c_cflag = attributes.c_cflag & ~tcflag_t(CSIZE | PARENB) | tcflag_t(CS8)
    Self.keep(attributes, in: Self.raw)
    Self.installHandlers()
    guard tcsetattr(0, TCSAFLUSH, &attributes) == 0 else { throw HostError("take over", "the terminal") }
  }

  deinit { restore() }

  /// Gives the terminal back as it was.
  public func restore() {
    guard isRaw else { return }
    isRaw = false
    Self.restoreFromSignalHandler()
    Self.raw.store(0, ordering: .relaxed)
  }

  /// Gives the terminal back as it was, if it was taken over. Makes only calls that a signal handler may make.
  static func restoreFromSignalHandler() { apply(original, TCSADRAIN) }

  private static func keep(_ attributes: termios, in place: borrowing Atomic<UInt>) {
    let pointer = UnsafeMutablePointer<termios>.allocate(capacity: 1)
    pointer.initialize(to: attributes)
    place.store(UInt(bitPattern: pointer), ordering: .relaxed)
  }

  private static func apply(_ place: borrowing Atomic<UInt>, _ when: Int32) {
    guard let pointer = UnsafePointer<termios>(bitPattern: place.load(ordering: .relaxed)) else { return }
    tcsetattr(0, when, pointer)
  }

  /// A crash gives the terminal back before it takes its course; whoever continues us after a stop gets it raw again.
  private static func installHandlers() {
    var crash = sigaction()
    crash.__sigaction_handler.sa_handler = { number in
      Terminal.restoreFromSignalHandler()
      raise(number)
    }
    // The handler is gone when it is entered, so that raising the signal again ends the process.
    crash.sa_flags = Int32(bitPattern: UInt32(SA_RESETHAND)) | Int32(SA_NODEFER)
    sigemptyset(&crash.sa_mask)
    for number in [SIGILL, SIGTRAP, SIGABRT, SIGFPE, SIGBUS, SIGSEGV, SIGQUIT] { sigaction(number, &crash, nil) }
    var resume = sigaction()
    resume.__sigaction_handler.sa_handler = { _ in Terminal.apply(Terminal.raw, TCSADRAIN) }
    resume.sa_flags = Int32(SA_RESTART)
    sigemptyset(&resume.sa_mask)
    sigaction(SIGCONT, &resume, nil)
  }
}
