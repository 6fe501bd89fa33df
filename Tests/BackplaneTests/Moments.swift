import Backplane
import VirtualTime

/// The moment at `step` and `cycle`.
func moment(_ step: UInt64, _ cycle: UInt64) -> Moment { Moment(step: Step(step), cycle: Cycle(cycle)) }

/// One byte that enters at `step` and `cycle`.
func stamped(_ step: UInt64, _ cycle: UInt64, _ byte: UInt8) -> StampedInput {
  StampedInput(moment: moment(step, cycle), input: Input(slot: Slot(1), bytes: [byte]))
}
