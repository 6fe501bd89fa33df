#if arch(x86_64)
  internal import CPages

  /// A `StateLayout` as the code generator uses it. Host registers, apart from those that hold favourite slots:
  ///
  /// - `rbx`: the context; `rbp`: the address of slot 0, plus `bias` so that more slots are near;
  /// - `r14`, `r15`: steps and cycles that are left;
  /// - `rax`, `rcx`, `rdx`: free within an operation;
  /// - `xmm2` to `xmm15`: favourite floating-point slots, while `floatIsActive`;
  /// - `xmm0`, `xmm1`: free within an operation;
  /// - `rsp`: aligned to 16 bytes, so that a called stub finds what the ABI promises.
  struct HostTables {
    static let context = Register.rbx, state = Register.rbp
    static let steps = Register.r14, cycles = Register.r15
    static let pins: [Register] = [.rsi, .rdi, .r8, .r9, .r10, .r11, .r12, .r13]
    static let bias: Int32 = 128
    static let floatPins: [UInt8] = Array(2...15)
    static let slotCountMax = 256
    static let noPin: UInt8 = 255

    let layout: StateLayout.Context
    let reasons: StateLayout.Reasons
    let helper: UInt
    let indexBits: UInt8
    let cellsDistance: Int32
    let firstCode: UInt32
    let zeroSlot: UInt8
    let discardSlot: UInt8
    let firstFloatSlot: UInt8
    let features: UInt32
    /// For each slot, the number of its host register, or `noPin`.
    private let pinOfSlot: UnsafeMutablePointer<UInt8>
    /// For each slot, its distance from `rbp`.
    private let distanceOfSlot: UnsafeMutablePointer<Int32>
    /// The slots in registers, with those.
    let pinned: [(slot: UInt8, register: Register)]
    let floatPinned: [(slot: UInt8, number: UInt8)]
    let floatFlagBits: [UInt8]

    init(_ layout: StateLayout) {
      self.layout = layout.context
      reasons = layout.reasons
      helper = layout.helper
      indexBits = layout.translationTable.indexBits
      cellsDistance = layout.cellsDistance
      firstCode = layout.firstCode
      (zeroSlot, discardSlot) = (layout.zeroSlot, layout.discardSlot)
      firstFloatSlot = layout.firstFloatSlot
      features = host_features()
      guard let table = pages_zeroed(Self.slotCountMax * 5) else {
        preconditionFailure("the host has no address space for the translator's tables")
      }
      distanceOfSlot = table.bindMemory(to: Int32.self, capacity: Self.slotCountMax)
      pinOfSlot = (table + Self.slotCountMax * 4).bindMemory(to: UInt8.self, capacity: Self.slotCountMax)
      pinOfSlot.update(repeating: Self.noPin, count: Self.slotCountMax)
      for (slot, distance) in layout.slotDistances.enumerated() { distanceOfSlot[slot] = distance - Self.bias }
      pinned = zip(layout.favouriteSlots, Self.pins).map { (slot: $0, register: $1) }
      floatPinned = zip(layout.favouriteFloatSlots, Self.floatPins).map { (slot: $0, number: $1) }
      floatFlagBits = layout.floatFlagBits
      for (slot, number) in floatPinned { pinOfSlot[Int(slot)] = number }
      for (slot, register) in pinned { pinOfSlot[Int(slot)] = register.number }
    }

    func release() { pages_release(distanceOfSlot, Self.slotCountMax * 5) }

    /// The register that holds `slot`, if one does.
    @inline(__always)
    func pin(_ slot: UInt8) -> Register? {
      let number = pinOfSlot[Int(slot)]
      return number == Self.noPin ? nil : Register(number)
    }

    /// The xmm register that holds floating-point `slot`, if one does.
    @inline(__always)
    func floatPin(_ slot: UInt8) -> UInt8? {
      let number = pinOfSlot[Int(slot)]
      return number == Self.noPin ? nil : number
    }

    /// Where floating-point `slot` is.
    @inline(__always)
    func floatPlace(_ slot: UInt8) -> Operand { floatPin(slot).map { .register(Register($0)) } ?? memory(slot) }

    /// Where `slot` is.
    @inline(__always)
    func place(_ slot: UInt8) -> Operand { pin(slot).map { .register($0) } ?? memory(slot) }

    /// Where `slot` is while no generated code runs.
    @inline(__always)
    func memory(_ slot: UInt8) -> Operand { .memory(Self.state, distanceOfSlot[Int(slot)]) }

    func context(_ distance: Int32) -> Operand { .memory(Self.context, distance) }
  }
#endif
