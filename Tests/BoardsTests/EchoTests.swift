import Backplane
import Boards
import Support
import Testing
import VirtualTime

@Suite struct EchoTests {
  /// Interrupts of the serial port and of the timer, at random moments, in work and in idling.
  @Test(arguments: 1...4 as ClosedRange<UInt64>)
  func echoedInputComesOutTheSameHoweverTheRunIsCut(seed: UInt64) {
    let guest = Guest.echo()
    let text = "abcdefghijklmnop0123456789"
    let inputs = guest.inputs(of: RandomTyping(text + "q", seed: seed, longestPauseSteps: 500))
    let outcome = guest.run(inputs: inputs)
    #expect(outcome.stop == .halted(.powerOff))
    let console = outcome.machine.takeEffects().compactMap { effect -> UInt8? in
      if case .output(_, let byte) = effect.kind { byte } else { nil }
    }
    #expect(text.utf8.starts(with: console))
    #expect(console.count > 10)
    #expect(outcome.results(1)[0] > 0)
    let problem = checkBoard(guest.boardRun(inputs: inputs, rungIntervalSteps: 1000), seed: seed)
    #expect(problem == nil)
  }
}
