import Backplane
import Boards
import Foundation
import VirtualTime

// Throwaway driver until Commands exists.
let arguments = CommandLine.arguments
var images: [BoardImage] = []
var tohost: UInt64?
var append = ""
var maxSteps: UInt64 = .max
var ram: UInt64 = 128 << 20
var index = 1
while index + 1 < arguments.count {
  let value = arguments[index + 1]
  switch arguments[index] {
  case "--kernel", "--bios", "--initrd":
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: value)))
    let role: ImageRole = arguments[index] == "--kernel" ? .kernel : arguments[index] == "--bios" ? .firmware : .initrd
    if role == .kernel { tohost = VirtMachine.symbol("tohost", in: bytes) }
    images.append(BoardImage(role: role, name: value, bytes: bytes))
  case "--append": append = value
  case "--max": maxSteps = UInt64(value) ?? .max
  case "-m": ram = UInt64(value)! << 20
  default: fatalError(arguments[index])
  }
  index += 2
}
let machine = try VirtMachine.make(VirtConfiguration(ramSize: ram, bootArguments: append), images: images)
images = []
var door = Door()
var stop = Stop.limit
let chunk: UInt64 = tohost == nil ? 1 << 24 : 10000
while machine.moment.step.count < maxSteps {
  stop = machine.run(until: RunLimit(step: Step(machine.moment.step.count + chunk)), door: &door)
  var out: [UInt8] = []
  for effect in machine.takeEffects() { if case .output(_, let byte) = effect.kind { out.append(byte) } }
  if !out.isEmpty { out.withUnsafeBytes { _ = write(1, $0.baseAddress, $0.count) } }
  if let tohost, let bytes = machine.memory.read(tohost, count: 8), bytes.contains(where: { $0 != 0 }) {
    print(bytes[0] == 1 ? "PASS" : "FAIL \(bytes[0] >> 1)")
    exit(bytes[0] == 1 ? 0 : 1)
  }
  if chunk > 100000 { _ = machine.digest() }
  if stop != .limit { break }
}
print(stop, machine.moment)
