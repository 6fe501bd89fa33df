/// Where generated code finds what it works on: the guest's registers as numbered *slots*, and the *context*, which is
/// what the engine keeps beside them. The only things of a guest that a back end knows.
///
/// A slot is 64 bits wide. Generated code may hold some slots in host registers while it runs; outside it, and while a
/// helper runs, all are in memory. All distances are in bytes.
public struct StateLayout: Sendable {
  /// The distance of each slot from slot 0.
  public var slotDistances: [Int32] = []
  /// The slots worth a host register, the most important first; a back end takes as many as it has.
  public var favouriteSlots: [UInt8] = []
  /// The first of the slots that hold floating point.
  public var firstFloatSlot: UInt8 = 255
  /// Those of them that are worth a host register, the most important first.
  public var favouriteFloatSlots: [UInt8] = []
  /// The bits of the guest's flags for invalid operation, division by zero, overflow, underflow, inexact.
  public var floatFlagBits: [UInt8] = [16, 8, 4, 2, 1]
  /// The slot that is always zero and is never written.
  public var zeroSlot: UInt8 = 0
  /// The slot that takes results nobody reads.
  public var discardSlot: UInt8 = 0

  /// Distances from the address of the context.
  public struct Context: Sendable {
    /// The address of slot 0.
    public var state: Int32 = 0
    /// Steps that are left, and cycles: signed 64-bit counts.
    public var stepsLeft: Int32 = 0
    /// See `stepsLeft`.
    public var cyclesLeft: Int32 = 0
    /// The guest address of the next instruction, brought up to date when generated code is left.
    public var programCounter: Int32 = 0
    /// The guest address of the page whose code runs, and the address of its table of operations.
    public var pageBase: Int32 = 0
    /// See `pageBase`.
    public var pageTable: Int32 = 0
    /// Where the place in code of a jump is noted that can be linked to what comes next; zero when there is none.
    public var site: Int32 = 0
    /// Pointers to the tables of translations for loads, stores and code (`TranslationTable`).
    public var readTable: Int32 = 0
    /// See `readTable`.
    public var writeTable: Int32 = 0
    /// See `readTable`.
    public var fetchTable: Int32 = 0
    /// Cycles that had passed, and that were left, at one moment: 64-bit counts.
    public var cyclesThen: Int32 = 0
    /// See `cyclesThen`.
    public var cyclesLeftThen: Int32 = 0
    /// One byte: whether the guest's clock may be read.
    public var clockIsReadable: Int32 = 0
    /// The clock is cycles × the first / the second + the third, 64-bit counts; when the product is greater, it is not
    /// for generated code.
    public var clockNumerator: Int32 = 0
    /// See `clockNumerator`.
    public var clockDenominator: Int32 = 0
    /// See `clockNumerator`.
    public var clockOffset: Int32 = 0
    /// One byte: whether generated code may compute in floating point.
    public var floatIsReady: Int32 = 0
    /// One byte of the back end's own: whether it does at present. Zero outside generated code.
    public var floatIsActive: Int32 = 0
    /// The address of the byte in which flags accrue.
    public var floatFlags: Int32 = 0
    /// Four bytes of the back end's own.
    public var scratch: Int32 = 0
    /// All zero, or what is usual.
    public init() {}
  }
  /// Where things are in the context.
  public var context = Context()

  /// Tables of translations are direct-mapped: the entry of a guest address is at its bits from 12 up, 16 bytes each.
  /// The first eight bytes are the guest address of the page, or all ones. For data, the other eight bytes added to a
  /// guest address give the host address; for code, they are the address of the page's table of operations.
  public struct TranslationTable: Sendable {
    /// How many address bits choose the entry.
    public var indexBits: UInt8 = 8
    /// All zero, or what is usual.
    public init() {}
  }
  /// Their shape.
  public var translationTable = TranslationTable()

  /// In a page's table: the distance of the cell of the code at page offset 0. Cells are 4 bytes for each 2 bytes of
  /// code.
  public var cellsDistance: Int32 = 0
  /// Cells from here on are places of generated code; lower values are the engine's own business.
  public var firstCode: UInt32 = 0

  /// The address of a function of the engine that executes one operation of the running page: a C function of the
  /// context, a token, and cycles. It returns zero to go on, or why generated code must be left, having put everything
  /// in the context right. See `MicroOperation.assist`.
  public var helper: UInt = 0
  /// What `HostTranslator.enter` returns when generated code is left by itself; none of them zero.
  public struct Reasons: Sendable {
    /// At a place in the running page.
    public var near: UInt32 = 1
    /// At an address that must be looked up first.
    public var transfer: UInt32 = 2
    /// In front of code that the budget does not suffice for.
    public var budget: UInt32 = 3
    /// All zero, or what is usual.
    public init() {}
  }
  /// Why code is left.
  public var reasons = Reasons()

  /// A layout to be filled in.
  public init() {}
}
