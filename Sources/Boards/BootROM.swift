internal import Bits

/// The first instructions a hart executes, and what they hand on: a0 = hart, a1 = device tree, a2 = the firmware's
/// dynamic information (OpenSBI, "OpenSBI Firmware with Dynamic Information").
enum BootROM {
  /// The contents of the boot ROM.
  /// - Parameters:
  ///   - start: where the firmware, or the kernel without firmware, begins.
  ///   - deviceTree: the address of the device tree.
  ///   - next: what the firmware is to start in supervisor mode; zero for nothing.
  static func bytes(start: UInt64, deviceTree: UInt64, next: UInt64) -> [UInt8] {
    var rom: [UInt8] = []
    let code: [UInt32] = [
      0x0000_0297,  // auipc t0, 0
      0x0302_8613,  // addi  a2, t0, 48   the dynamic information
      0xf140_2573,  // csrr  a0, mhartid
      0x0202_b583,  // ld    a1, 32(t0)
      0x0182_b283,  // ld    t0, 24(t0)
      0x0002_8067,  // jr    t0
    ]
    for word in code { rom.appendLittleEndian(word) }
    rom.appendLittleEndian(start)  // 24
    rom.appendLittleEndian(deviceTree)  // 32
    rom.appendLittleEndian(UInt64(0))  // 40
    // struct fw_dynamic_info: magic "OSBI", version 2, next address, next mode (supervisor), options, boot hart.
    for word: UInt64 in [0x4942_534f, 2, next, 1, 0, 0] { rom.appendLittleEndian(word) }
    return rom
  }
}
