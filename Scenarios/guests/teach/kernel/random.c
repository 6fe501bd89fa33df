// Random numbers: a xorshift generator (Marsaglia, "Xorshift RNGs", 2003), stirred with what cannot be foreseen: the
// date at start-up, and the exact times at which keys arrive. Good enough to play with, useless for secrets.
//
// For Reprise this is where chance comes in. A replay brings the same keys at the same steps, so the same numbers.
#include "board.h"
#include "kernel.h"
#include "riscv.h"

enum { RTC_TIME_LOW = 0, RTC_TIME_HIGH = 4 };  // reading the low half keeps the high half for the next read

static uint64_t state;

void random_init(void) {
    uint64_t nanoseconds = read32(RTC_BASE + RTC_TIME_LOW);
    nanoseconds |= (uint64_t)read32(RTC_BASE + RTC_TIME_HIGH) << 32;
    random_stir(nanoseconds);
    random_stir(time_now());
}

uint64_t random_next(void) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

void random_stir(uint64_t value) {
    state ^= value;
    if (state == 0) {  // xorshift would stay at 0 for ever
        state = 1;
    }
    random_next();
}
