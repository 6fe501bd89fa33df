internal import Backplane
internal import GDBRemote

// The packets that lldb needs besides gdb's (LLVM's documentation, "GDB Remote Protocol Extensions").

extension GDBSession {
  /// Pages that are looked at for one answer about a region.
  private static var regionPagesMax: UInt64 { 256 }

  /// Answers `packet`, if it is one of lldb's own.
  func answerLLDB(_ packet: PacketText) -> Bool {
    var text = packet
    if text.take("QThreadSuffixSupported") {
      (client.addsThreads, client.isLLDB) = (true, true)
      reply("OK")
    } else if text.take("QListThreadsInStopReply") {
      client.listsThreads = true
      reply("OK")
    } else if text.take("QEnableErrorStrings") {
      client.takesErrorStrings = true
      reply("OK")
    } else if text.take("qHostInfo") {
      client.isLLDB = true
      let order = facts.tellsOfAccessesBefore ? "before" : "after"
      reply(
        "triple:\(tripleDigits);endian:little;ptrsize:\(facts.pointerBytes);"
          + "watchpoint_exceptions_received:\(order);default_packet_timeout:60;")
    } else if text.take("qProcessInfo") {
      reply("pid:1;triple:\(tripleDigits);endian:little;ptrsize:\(facts.pointerBytes);")
    } else if text.take("qRegisterInfo") {
      guard let line = text.count().flatMap({ description.lldbText($0) }) else {
        reply(error(.invalid, "there are no more registers"))
        return true
      }
      reply(line)
    } else if text.take("qMemoryRegionInfo:") {
      answerRegion(text)
    } else if text.take("qWatchpointSupportInfo") {
      reply("num:\(PointSet.countMax);")
    } else {
      return false
    }
    return true
  }

  private var tripleDigits: String { String(decoding: Hexadecimal.text(of: facts.triple), as: UTF8.self) }

  /// The region around an address: pages in a row that are there, or that are not.
  private func answerRegion(_ packet: PacketText) {
    var text = packet
    guard let address = text.number(), text.isAtEnd else { return reply(error(.invalid, "an address is missing")) }
    let first = address & ~(Memory.pageSize - 1)
    let isThere = isMemory(first)
    var end = first
    for _ in 0..<Self.regionPagesMax where isMemory(end) == isThere {
      let (next, overflow) = end.addingReportingOverflow(Memory.pageSize)
      if overflow { break }
      end = next
    }
    let size = end > first ? end - first : Memory.pageSize
    // What may be done there depends on the mode; whoever debugs may do it all.
    reply(
      "start:\(String(first, radix: 16));size:\(String(size, radix: 16));" + (isThere ? "permissions:rwx;" : ""))
  }

  private func isMemory(_ page: UInt64) -> Bool {
    let physical = isPhysical ? page : target.translate(page, hart: selectedHart)
    return physical.map { target.memory($0, count: 1) != nil } ?? false
  }
}
