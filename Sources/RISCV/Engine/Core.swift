internal import Backplane
internal import HostCode

/// An entry of a TLB: `tag` is the page address of a translation that holds, or all ones; for data, `value` added to a
/// virtual address gives the host address; for code, it is the address of the page's ops.
struct TranslationEntry {
  var tag: UInt64
  var value: UInt
}

/// A translation to a page of a device, which no access goes to without the board.
struct DeviceTranslation {
  var tag = UInt64.max
  var physical: UInt64 = 0
  var bank: UnsafeMutablePointer<TranslationEntry>?
}

/// Why the dispatch loop came back.
enum Exit {
  /// The next run does not fit in the budget, or there is an instruction that straddles pages, or may be stopped at:
  /// take one step at a time.
  case singleStep
  /// An instruction has retired after which modes, time or interrupts may differ.
  case reconsider
  /// `core.exception` is to be taken by the instruction at `pc`.
  case exception
  /// `core.access` is an access to a device by the instruction at `pc`.
  case device
}

/// An access to an address that is not memory, for the board to make.
public struct DeviceAccess: Equatable, Sendable {
  /// The guest-physical address.
  public var address: UInt64
  /// 1, 2, 4 or 8.
  public var bytes: UInt8
  /// Whether it is a write.
  public var isStore: Bool
  /// What a write carries.
  public var value: UInt64
  var destination: UInt8
  var operation: Operation
  /// Bytes of the instruction that makes the access.
  var length: UInt8
  /// The address as the guest gave it.
  var virtualAddress: UInt64
}

/// Everything the engine works with while it runs: addresses, budgets and caches. Behind one pointer, so that the hot
/// loop pays neither for reference counting nor for exclusivity checks.
struct Core {
  static let translationBits = 10
  static let translationCount = 1 << translationBits

  /// The sets of data translations, one for each way an access can be made; each has a part for loads and one for
  /// stores.
  enum DataBank: Int {
    case machine = 0
    case supervisor, supervisorUserMemory, user
    static let count = 4
  }

  var hart: UnsafeMutablePointer<Hart>
  var x: UnsafeMutablePointer<UInt64>
  var f: UnsafeMutablePointer<UInt64>
  var floatFlags: UnsafeMutablePointer<UInt8>
  let memoryBase: UnsafeMutableRawPointer
  let pageFlags: UnsafeMutablePointer<UInt8>

  /// Steps taken by the machine at the last synchronisation.
  var steps: UInt64 = 0
  /// Cycles passed at the last synchronisation.
  var cycles: UInt64 = 0
  /// What is left for the dispatch loop.
  var stepsLeft: Int = 0
  var cyclesLeft: Int = 0
  /// What was left at the last synchronisation.
  var stepBudget: Int = 0
  var cycleBudget: Int = 0
  var pc: UInt64 = 0

  var exception = Exception(cause: .illegalInstruction, value: 0)
  var access = DeviceAccess(
    address: 0, bytes: 1, isStore: false, value: 0, destination: 0, operation: .illegal, length: 4,
    virtualAddress: 0)
  /// Set when the caller of `run` must look again at interrupts or alarms.
  var attention = false
  /// Set when code or translations that the present run rests on have been dropped.
  var mustLeave = false
  /// Where runs stop, and what the step under way has hit.
  let stops: UnsafeMutablePointer<StopTable>
  /// Whether there are breakpoints, watchpoints, and registers to watch, in `stops`.
  var hasBreakpoints = false
  var hasWatchpoints = false
  var hasRegisters = false
  /// Whether the step under way has hit something.
  var isHit = false
  /// 2048 bits: which slots of every page are to be executed by themselves, because a breakpoint may be there.
  let guardedSlots: UnsafeMutablePointer<UInt64>
  /// Exceptions that are the same again and again.
  var storm = TrapStorm()

  /// The bank in use for loads and stores, then for fetches.
  var readEntries: UnsafeMutablePointer<TranslationEntry>
  var writeEntries: UnsafeMutablePointer<TranslationEntry>
  var fetchEntries: UnsafeMutablePointer<TranslationEntry>
  let dataBanks: UnsafeMutablePointer<TranslationEntry>
  /// How far behind the entries of the data banks those are that they have displaced.
  static let displacedDistance = translationCount * 2 * DataBank.count
  /// The page of a device that was accessed last, all ones when there is none, and where it lies: for loads, and for
  /// stores, each in one bank.
  var deviceLoad = DeviceTranslation()
  var deviceStore = DeviceTranslation()
  let fetchBanks: UnsafeMutablePointer<TranslationEntry>
  /// The privilege that loads and stores have, MPRV considered.
  var dataPrivilege = Privilege.machine
  /// FS is dirty and the dynamic rounding mode is to nearest, even: the usual case, which the dispatch loop handles
  /// itself.
  var floatIsReady = false
  /// The PMP as ranges.
  var protection: ProtectionMap
  /// Whether `protection` is to be worked out before the next run: the hart may be another than last time.
  var protectionIsStale = true

  /// Ops of pages of code, and one more array that holds `singleStepOps`.
  let opArrays: UnsafeMutableRawPointer
  /// The memory in which they lie.
  let opArraysMemory: UnsafeMutableRawPointer
  let opArrayCount: Int
  var opArraysUsed = 0
  /// For each page of memory, the number of its op array plus one; zero when it has none.
  let opArrayOfPage: UnsafeMutablePointer<UInt32>
  /// For each op array, its page.
  let pageOfOpArray: UnsafeMutablePointer<UInt32>
  /// Two slots and an end, for single steps.
  let singleStepOps: UnsafeMutablePointer<Op>
  /// Slots of a run being decoded.
  let runSlots: UnsafeMutablePointer<UInt16>
  /// Cycles of each operation, by raw value.
  let costs: UnsafeMutablePointer<UInt32>

  /// For each page of memory, the number of its watch plus one; zero when no translation depends on it.
  let watchOfPage: UnsafeMutablePointer<UInt32>
  /// 512 bits for each watched page: which of its entries a cached translation depends on.
  let watches: UnsafeMutablePointer<UInt64>
  /// For each entry of each watched page, the page whose cached translations rest on it: `manyPages` when there may be
  /// several, or it is not the last entry of a walk.
  let dependents: UnsafeMutablePointer<UInt64>
  static let manyPages: UInt64 = 1
  let watchCount: Int
  var watchesUsed = 0
  let pageOfWatch: UnsafeMutablePointer<UInt32>

  let memory: Unmanaged<Memory>
  let romBase: UInt64
  let romSize: UInt64
  let ramBase: UInt64
  let ramSize: UInt64
  let protectionEntries: UnsafeMutablePointer<ProtectionMap.Entry>

  // Generated code: see `Engine+Translating`.

  /// Whether runs that are executed often are translated.
  var translates = false
  /// How often a run must have been executed to be translated.
  var threshold: UInt32 = 0
  /// The host's translator, once it has been needed.
  var translator: Unmanaged<HostTranslator>?
  /// What `runTranslated` says when it returns no op.
  var translatedExit = Exit.reconsider
  /// The guest address of the page whose code runs, and its ops.
  var pageBase: UInt64 = 0
  var pageOps: UnsafeMutableRawPointer
  /// See `StateLayout.Context.site`.
  var site: UInt32 = 0
  /// See `StateLayout.Context.floatIsActive` and `scratch`.
  var floatIsActive: UInt8 = 0
  var hostScratch: UInt32 = 0
  /// Whether `time` may be read in the present mode, and what it is made of.
  var clockIsReadable = false
  var clockNumerator: UInt64 = 0
  var clockDenominator: UInt64 = 1
  var clockOffset: UInt64 = 0
  /// The block that is being made.
  let operations: UnsafeMutablePointer<MicroOperation>
  /// Steps taken in generated code.
  var translatedSteps: UInt64 = 0
  /// Instructions of all blocks that have been made.
  var translatedInstructions: UInt64 = 0
  /// Whether the caller of `run` is to get control back behind every block.
  var leavesAfterBlock = false
  /// Bytes of generated code, at most.
  var codeByteCount = Translating.byteCountMax
  /// What is wrong with blocks, for tests of what is to notice it.
  var fault: TranslatorFault?
}
