// What a benchmark kernel gives to the runtime and gets from it.
#pragma once
#include <stdint.h>

// The kernel: its name, and the work, which returns a checksum over its results.
extern const char kernel_name[];
uint64_t kernel(void);

// A xorshift generator (Marsaglia, 2003): the same numbers in every run. The state must not be zero.
static inline uint64_t next_random(uint64_t *state) {
  uint64_t x = *state;
  x ^= x << 13;
  x ^= x >> 7;
  x ^= x << 17;
  return *state = x;
}

// One step of a checksum, which depends on order (the multiplier is that of 64-bit FNV).
static inline uint64_t mix(uint64_t sum, uint64_t value) { return (sum ^ value) * 0x100000001b3u; }
