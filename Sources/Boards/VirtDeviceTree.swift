internal import Backplane
internal import RISCV

/// The device tree of the board `virt`, made from the board's own description (`VirtMap`, `VirtSlot`,
/// `HartDescription`), so that it says only what is there.
enum VirtDeviceTree {
  private static let hartController: UInt32 = 1
  private static let plic: UInt32 = 2
  private static let finisher: UInt32 = 3

  /// The flattened tree for `configuration`, with the place of the initial RAM disk if there is one.
  static func blob(_ configuration: VirtConfiguration, initrd: Range<UInt64>?) -> [UInt8] {
    let root = DeviceTreeNode(
      "",
      [
        ("#address-cells", .cell(2)), ("#size-cells", .cell(2)),
        ("compatible", .text("riscv-virtio")), ("model", .text("riscv-virtio,reprise")),
      ],
      children: [
        chosen(configuration, initrd), memory(configuration), harts(), soc(), power("poweroff", value: 0x5555),
        power("reboot", value: 0x7777),
      ])
    return DeviceTree.blob(root: root)
  }

  private static func unit(_ name: String, _ base: UInt64) -> String { name + "@" + String(base, radix: 16) }

  private static func chosen(_ configuration: VirtConfiguration, _ initrd: Range<UInt64>?) -> DeviceTreeNode {
    var properties: [(name: String, value: DeviceTreeValue)] = [
      ("bootargs", .text(configuration.bootArguments)),
      ("stdout-path", .text("/soc/" + unit("serial", VirtMap.uart.base))),
      ("rng-seed", .bytes(randomSeed(configuration.seed))),
    ]
    if let initrd {
      properties.append(("linux,initrd-start", .wide([initrd.lowerBound])))
      properties.append(("linux,initrd-end", .wide([initrd.upperBound])))
    }
    return DeviceTreeNode("chosen", properties)
  }

  /// 32 bytes from `seed` by SplitMix64 (Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators").
  private static func randomSeed(_ seed: UInt64) -> [UInt8] {
    var state = seed
    var bytes: [UInt8] = []
    for _ in 0..<4 {
      state &+= 0x9e37_79b9_7f4a_7c15
      var mixed = state
      mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
      mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
      mixed ^= mixed >> 31
      for shift in stride(from: UInt64(0), to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: mixed >> shift)) }
    }
    return bytes
  }

  private static func memory(_ configuration: VirtConfiguration) -> DeviceTreeNode {
    DeviceTreeNode(
      unit("memory", VirtMap.ramBase),
      [("device_type", .text("memory")), ("reg", .wide([VirtMap.ramBase, configuration.ramSize]))])
  }

  private static func harts() -> DeviceTreeNode {
    let block = DeviceTreeValue.cell(UInt32(HartDescription.cacheBlockBytes))
    let hart = DeviceTreeNode(
      "cpu@0",
      [
        ("device_type", .text("cpu")), ("reg", .cell(0)), ("status", .text("okay")), ("compatible", .text("riscv")),
        ("riscv,isa", .text(HartDescription.isaString)), ("riscv,isa-base", .text("rv64i")),
        ("riscv,isa-extensions", .texts(HartDescription.isaExtensions)), ("mmu-type", .text("riscv,sv57")),
        ("riscv,cbom-block-size", block), ("riscv,cboz-block-size", block), ("riscv,cbop-block-size", block),
      ],
      children: [
        DeviceTreeNode(
          "interrupt-controller",
          [
            ("#interrupt-cells", .cell(1)), ("interrupt-controller", .present),
            ("compatible", .text("riscv,cpu-intc")), ("phandle", .cell(hartController)),
          ])
      ])
    return DeviceTreeNode(
      "cpus",
      [
        ("#address-cells", .cell(1)), ("#size-cells", .cell(0)),
        ("timebase-frequency", .cell(UInt32(VirtMap.timebaseHertz))),
      ],
      children: [hart])
  }

  private static func soc() -> DeviceTreeNode {
    func device(
      _ name: String, _ window: VirtMap.Window, _ properties: [(name: String, value: DeviceTreeValue)]
    ) -> DeviceTreeNode {
      DeviceTreeNode(
        unit(name, window.base), [("reg", .wide([window.base, window.size]))] + properties)
    }
    func hartInterrupts(_ numbers: [UInt32]) -> DeviceTreeValue { .cells(numbers.flatMap { [hartController, $0] }) }
    func interrupt(_ line: UInt8) -> [(name: String, value: DeviceTreeValue)] {
      [("interrupts", .cell(UInt32(line))), ("interrupt-parent", .cell(plic))]
    }
    return DeviceTreeNode(
      "soc",
      [
        ("#address-cells", .cell(2)), ("#size-cells", .cell(2)), ("compatible", .text("simple-bus")),
        ("ranges", .present),
      ],
      children: [
        device(
          "serial", VirtMap.uart,
          [
            ("compatible", .text("ns16550a")), ("clock-frequency", .cell(UInt32(VirtMap.uartHertz))),
            ("current-speed", .cell(UInt32(VirtMap.uartHertz / 16))),
          ] + interrupt(VirtMap.uartLine.number)),
        device(
          "rtc", VirtMap.rtc,
          [("compatible", .text("google,goldfish-rtc"))] + interrupt(VirtMap.rtcLine.number)),
        device(
          "test", VirtMap.finisher,
          [("compatible", .texts(["sifive,test1", "sifive,test0", "syscon"])), ("phandle", .cell(finisher))]),
        device(
          "plic", VirtMap.plic,
          [
            ("compatible", .texts(["sifive,plic-1.0.0", "riscv,plic0"])), ("#address-cells", .cell(0)),
            ("#interrupt-cells", .cell(1)), ("interrupt-controller", .present), ("riscv,ndev", .cell(63)),
            ("interrupts-extended", hartInterrupts([11, 9])), ("phandle", .cell(plic)),
          ]),
        device(
          "sswi", VirtMap.supervisorSWI,
          [
            ("compatible", .text("riscv,aclint-sswi")), ("#interrupt-cells", .cell(0)),
            ("interrupt-controller", .present), ("interrupts-extended", hartInterrupts([1])),
          ]),
        device(
          "clint", VirtMap.aclint,
          [
            ("compatible", .texts(["sifive,clint0", "riscv,clint0"])),
            ("interrupts-extended", hartInterrupts([3, 7])),
          ]),
      ])
  }

  /// Switching off and resetting, through the finisher.
  private static func power(_ name: String, value: UInt32) -> DeviceTreeNode {
    DeviceTreeNode(
      name,
      [
        ("compatible", .text("syscon-" + name)), ("regmap", .cell(finisher)), ("offset", .cell(0)),
        ("value", .cell(value)),
      ])
  }
}
