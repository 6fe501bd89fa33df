internal import Backplane
internal import GDBRemote
internal import VirtualTime

// Registers and memory.

extension GDBSession {
  /// Takes `;thread:…` off the end of a packet, as lldb writes it, and returns the hart; `nil` when there is none such.
  private func splitThread(_ text: inout PacketText) -> Int? {
    guard client.addsThreads else { return selectedHart }
    let bytes = Array(text.rest)
    let mark = Array(";thread:".utf8)
    guard bytes.count >= mark.count else { return selectedHart }
    for start in 0...(bytes.count - mark.count) where bytes[start...].starts(with: mark) {
      let name = bytes[(start + mark.count)...].prefix { $0 != UInt8(ascii: ";") }
      text = PacketText(bytes[..<start])
      let hart = thread(String(decoding: name, as: UTF8.self))
      return hart.flatMap { $0 < target.hartCount ? $0 : nil }
    }
    return selectedHart
  }

  // MARK: - Registers

  func answerRegisters(_ letter: UInt8, _ text: inout PacketText) {
    guard let hart = splitThread(&text) else { return reply(error(.invalid, "there is no such hart")) }
    switch Character(UnicodeScalar(letter)) {
    case "g": reply(description.general.flatMap { Hexadecimal.text(of: bytes(of: $0, hart)) })
    case "G": writeAll(text.rest, hart)
    case "p":
      guard let number = text.count(), text.isAtEnd, let register = description.register(number) else {
        return reply(error(.invalid, "there is no such register"))
      }
      reply(Hexadecimal.text(of: bytes(of: register, hart)))
    default: writeOne(&text, hart)
    }
  }

  /// The value of `register` as the protocol writes it.
  func bytes(of register: RegisterDescription, _ hart: Int) -> [UInt8] {
    TargetDescription.bytes(of: target.register(register.number, hart: hart) ?? 0, register)
  }

  private func writeOne(_ text: inout PacketText, _ hart: Int) {
    guard let number = text.count(), text.take("="), let register = description.register(number),
      let bytes = Hexadecimal.bytes(text.rest), bytes.count == register.bits / 8
    else { return reply(error(.invalid, "there is no such register, or the value is not as long as it is")) }
    change([.register(hart: hart, number: number, value: TargetDescription.value(of: bytes))])
  }

  /// Only what differs is changed: writing back what was read opens no fork.
  private func writeAll(_ text: ArraySlice<UInt8>, _ hart: Int) {
    let general = description.general
    guard let bytes = Hexadecimal.bytes(text), bytes.count == general.reduce(0, { $0 + $1.bits / 8 }) else {
      return reply(error(.invalid, "the registers are not as long as they are"))
    }
    var edits: [Edit] = []
    var place = 0
    for register in general {
      let value = TargetDescription.value(of: bytes[place..<(place + register.bits / 8)])
      place += register.bits / 8
      if target.register(register.number, hart: hart) != value {
        edits.append(.register(hart: hart, number: register.number, value: value))
      }
    }
    change(edits)
  }

  // MARK: - Memory

  func answerMemory(_ letter: UInt8, _ text: inout PacketText) {
    guard let address = text.number(), text.take(","), let count = text.count(), count >= 0 else {
      return reply(error(.invalid, "an address or a count is missing"))
    }
    switch Character(UnicodeScalar(letter)) {
    case "m":
      let bytes = read(address, min(count, Self.packetBytesMax / 2))
      if bytes.isEmpty, count > 0 { return reply(unreadable(address)) }
      reply(Hexadecimal.text(of: bytes))
    case "x":
      // Every byte may need an escape, and the answer begins with a letter.
      let bytes = read(address, min(count, Self.packetBytesMax / 2 - 1))
      if bytes.isEmpty, count > 0 { return reply(unreadable(address)) }
      reply([UInt8(ascii: "b")] + bytes)
    case "M":
      guard text.take(":"), let bytes = Hexadecimal.bytes(text.rest), bytes.count == count else {
        return reply(error(.invalid, "the bytes are not as many as they are said to be"))
      }
      write(address, bytes)
    default:
      guard text.take(":"), text.rest.count == count else {
        return reply(error(.invalid, "the bytes are not as many as they are said to be"))
      }
      write(address, Array(text.rest))
    }
  }

  private func unreadable(_ address: UInt64) -> [UInt8] {
    let place = "0x" + String(address, radix: 16)
    guard !isPhysical, target.translate(address, hart: selectedHart) == nil else {
      return error(.unreachable, "\(place) is not memory; devices are not read, because that can change them")
    }
    return error(.unreachable, "\(place) does not translate")
  }

  /// As much as can be read of `count` bytes from `address`.
  private func read(_ address: UInt64, _ count: Int) -> [UInt8] {
    guard isPhysical else { return target.memory(virtual: address, count: count, hart: selectedHart) }
    if let bytes = target.memory(address, count: count) { return bytes }
    // Up to the end of what is there.
    var bytes: [UInt8] = []
    while bytes.count < count {
      let (place, overflow) = address.addingReportingOverflow(UInt64(bytes.count))
      let inPage = Int(Memory.pageSize - place % Memory.pageSize)
      guard !overflow, let piece = target.memory(place, count: min(inPage, count - bytes.count)) else { break }
      bytes += piece
    }
    return bytes
  }

  private func write(_ address: UInt64, _ bytes: [UInt8]) {
    var edits: [Edit] = []
    var start = 0
    while start < bytes.count {
      let (place, overflow) = address.addingReportingOverflow(UInt64(start))
      let inPage = Int(Memory.pageSize - place % Memory.pageSize)
      let count = min(inPage, bytes.count - start)
      guard !overflow, let physical = isPhysical ? place : target.translate(place, hart: selectedHart),
        target.memory(physical, count: count) != nil
      else { return reply(unreadable(place)) }
      let piece = Array(bytes[start..<(start + count)])
      if target.memory(physical, count: count) != piece { edits.append(.memory(physical, piece)) }
      start += count
    }
    change(edits)
  }

  // MARK: - Changes

  /// Makes `edits` and answers; tells the user once that this has opened a fork.
  private func change(_ edits: [Edit]) {
    let wasFork = target.fork != nil
    do {
      for edit in edits {
        guard try target.edit(edit) else { return reply(error(.refused, "the machine cannot be changed so")) }
      }
    } catch {
      return reply(self.error(.general, "\(error)"))
    }
    if !wasFork, let fork = target.fork {
      notices.append(
        "reprise: this change opened a fork at @\(fork.moment.step.count). From here on the machine runs live, with"
          + " nobody typing; the recording itself is as it was. `monitor fork leave` goes back to it.")
    }
    reply("OK")
  }
}
