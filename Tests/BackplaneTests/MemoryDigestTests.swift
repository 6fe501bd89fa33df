import Backplane
import Support
import Testing

@Suite struct MemoryDigestTests {
  /// Digests computed with the C library (libxxhash) by a program of its own, from the tree of decision 0005.
  /// Byte i of a filled page p is `(7 i + 3 + p) mod 256`. The sizes lie on both sides of a group's border.
  @Test(arguments: [
    (1, [], "9fbe423d0503aac24854cc17464ec487"), (1, [0], "5341582c47d99a371721320c67db3faa"),
    (512, [], "57a7b698adb6427f7dfc8f8c0ac41a24"), (512, [0, 1, 511], "f8dbb8cf116d23ec30066921c119d06c"),
    (513, [], "b6c448d9b8670f484fd039a94be396da"), (513, [0, 1, 511, 512], "9b0345f04f68c36afc57ed153fe59dae"),
    (1025, [2, 1023, 1024], "c343498c9366e547dcc6b47f67ed3835"),
  ])
  func isTheDocumentedTree(_ pageCount: Int, _ filled: [Int], _ expected: String) throws {
    for romPages in [0, 1, 3] where romPages < pageCount {
      let memory = try makeMemory(pageCount, romPages: romPages)
      for page in filled {
        memory.write(memory.address(ofPage: page), (0..<4096).map { UInt8(truncatingIfNeeded: 7 * $0 + 3 + page) })
      }
      #expect("\(memory.digest())" == expected, "\(romPages) pages of ROM")
    }
  }

  @Test func everyPageAndTheNumberOfPagesCount() throws {
    var digests = ["\(try makeMemory(513).digest())", "\(try makeMemory(514).digest())"]
    for page in [0, 1, 510, 511, 512] {
      for offset in [0, 4095] as [UInt64] {
        let memory = try makeMemory(513)
        memory.write(memory.address(ofPage: page) + offset, [1])
        digests.append("\(memory.digest())")
      }
    }
    #expect(Set(digests).count == digests.count)
  }

  @Test func aPageMadeZeroAgainIsAsIfNeverWritten() throws {
    let memory = try makeMemory(513)
    let empty = memory.digest()
    memory.write(memory.address(ofPage: 512), [1, 2, 3])
    #expect(memory.digest() != empty)
    memory.write(memory.address(ofPage: 512), [0, 0, 0])
    #expect(memory.digest() == empty)
    #expect(memory.save() == (try makeMemory(513)).save())
  }

  @Test func askingAgainIsTheSame() throws {
    let memory = try makeMemory(3)
    memory.write(memory.address(ofPage: 1), [1])
    let digest = memory.digest()
    #expect(memory.digest() == digest)
  }

  @Test(arguments: 1...4 as ClosedRange<UInt64>)
  func randomWritesLeaveTheDigestOfAFreshMemoryOfTheSameContents(_ seed: UInt64) throws {
    #expect(try drive(seed, notesStores: true) == nil)
  }

  /// The check itself: a store that is not noted is found.
  @Test func aStoreThatIsNotNotedIsNoticed() throws {
    #expect(try drive(1, notesStores: false) != nil)
  }

  @Test func restoringBringsBackContentsAndDigest() throws {
    let memory = try makeMemory(600, romPages: 2)
    memory.write(memory.address(ofPage: 1), [1])
    memory.write(memory.address(ofPage: 599) + 4095, [2])
    let saved = memory.save()
    let digest = memory.digest()
    // Saved before the digest and after it: the marks make no difference.
    #expect(memory.save() == saved)
    memory.write(memory.address(ofPage: 1), [3, 3])
    memory.write(memory.address(ofPage: 300), [4])
    memory.flags[599] |= Memory.PageFlags.code
    #expect(memory.digest() != digest && memory.save() != saved)
    memory.restore(saved)
    #expect(memory.save() == saved)
    #expect(memory.digest() == digest)
    #expect(memory.save() == saved)
    #expect(memory.read(memory.address(ofPage: 300), count: 1) == [0])
    #expect(memory.read(memory.address(ofPage: 599) + 4094, count: 2) == [0, 2])
    #expect(memory.flags[599] == 0 && memory.flags[0] == Memory.PageFlags.readOnly)
  }

  @Test func whatIsSavedDoesNotChangeWithTheMemory() throws {
    let memory = try makeMemory(3)
    memory.write(memory.address(ofPage: 1), [1])
    let (saved, copy) = (memory.save(), memory.save())
    memory.write(memory.address(ofPage: 1), [2])
    #expect(saved == copy)
    let other = try makeMemory(3)
    other.restore(saved)
    #expect(other.read(other.address(ofPage: 1), count: 1) == [1])
  }

  @Test func whatAMemoryOfAnotherSizeSavedIsRefused() async {
    await #expect(processExitsWith: .failure) {
      let (large, small) = (try makeMemory(3), try makeMemory(2))
      large.write(large.address(ofPage: 2), [1])
      small.restore(large.save())
    }
    await #expect(processExitsWith: .success) {
      let (one, other) = (try makeMemory(3), try makeMemory(3))
      one.write(one.address(ofPage: 2), [1])
      other.restore(one.save())
    }
  }
}

/// Memory of `pageCount` pages, `romPages` of them read-only.
private func makeMemory(_ pageCount: Int, romPages: Int = 0) throws -> Memory {
  let size = Memory.pageSize
  return try #require(
    Memory(
      romBase: 0x1000, romSize: UInt64(romPages) * size, ramBase: 0x8000_0000,
      ramSize: UInt64(pageCount - romPages) * size))
}

/// Writes, stores, digests, saves and restores at random, beside a plain array. What is wrong at the end of any round:
/// a digest, taken piece by piece, that a fresh memory of the same contents does not have, or contents that differ.
private func drive(_ seed: UInt64, notesStores: Bool) throws -> String? {
  let (pageCount, romPages) = (515, 2)
  var generator = SeededGenerator(seed: seed)
  let memory = try makeMemory(pageCount, romPages: romPages)
  var shadow = [UInt8](repeating: 0, count: pageCount * 4096)
  var kept = (memory: memory.save(), shadow: shadow, digest: "\(memory.digest())")
  for round in 0..<60 {
    for _ in 0..<generator.below(6) {
      // Few pages, on both sides of each border, so that they are written again and again.
      let page = generator.pick([0, 1, 2, 3, 510, 511, 512, 513, 514])
      let place = page * 4096 + Int(generator.pick([0, generator.below(4096), 4095]))
      if generator.chance(1, in: 2) {
        let regionEnd = place < romPages * 4096 ? romPages * 4096 : shadow.count
        let zeros = generator.chance(1, in: 3)
        let bytes = (0..<min(Int(generator.below(9000)), regionEnd - place)).map { _ in
          zeros ? 0 : UInt8(truncatingIfNeeded: generator.next())
        }
        memory.write(memory.address(ofPage: page) + UInt64(place % 4096), bytes)
        shadow.replaceSubrange(place..<place + bytes.count, with: bytes)
      } else {
        // As a hart stores.
        let byte = UInt8(truncatingIfNeeded: generator.next())
        memory.base.storeBytes(of: byte, toByteOffset: place, as: UInt8.self)
        if notesStores { memory.markWritten(page) }
        shadow[place] = byte
      }
    }
    if generator.chance(1, in: 2) { _ = memory.digest() }
    if generator.chance(1, in: 6) {
      memory.restore(kept.memory)
      shadow = kept.shadow
      if "\(memory.digest())" != kept.digest { return "round \(round): another digest after restoring" }
    }
    if generator.chance(1, in: 6) { kept = (memory.save(), shadow, "\(memory.digest())") }
    guard round % 6 == 5 else { continue }
    let fresh = try makeMemory(pageCount, romPages: romPages)
    fresh.write(fresh.address(ofPage: 0), Array(shadow[..<(romPages * 4096)]))
    fresh.write(fresh.address(ofPage: romPages), Array(shadow[(romPages * 4096)...]))
    if memory.save() != fresh.save() { return "round \(round): other contents" }
    if memory.digest() != fresh.digest() { return "round \(round): another digest" }
  }
  return nil
}
