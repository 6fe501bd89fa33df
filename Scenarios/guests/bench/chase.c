// Loads that wait for each other: a walk along one cycle through all slots, in random order. With 16 MiB of slots the
// walk misses every translation buffer and most caches; with 512 KiB (a second build) it stays within both.
#include "runtime.h"

#if SLOTS > 1000000
const char kernel_name[] = "chase";
#else
const char kernel_name[] = "chase-512k";
#endif

static uint64_t next[SLOTS];

// Sattolo's shuffle: a permutation that is a single cycle.
static void make_cycle(void) {
  uint64_t random = 0x2545f4914f6cdd1d;
  for (uint64_t slot = 0; slot < SLOTS; slot++) next[slot] = slot;
  for (uint64_t slot = SLOTS - 1; slot > 0; slot--) {
    uint64_t other = next_random(&random) % slot;
    uint64_t held = next[slot];
    next[slot] = next[other];
    next[other] = held;
  }
}

uint64_t kernel(void) {
  make_cycle();
  uint64_t slot = 0;
  uint64_t sum = 0;
  for (uint64_t hop = 0; hop < HOPS; hop++) {
    slot = next[slot];
    sum += slot ^ hop;
  }
  return mix(sum, slot);
}
