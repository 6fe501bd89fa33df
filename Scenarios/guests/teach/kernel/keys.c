// Statistics of the keys typed: how many, and in which rhythm.
//
// BEWARE: THERE IS A BUG IN THIS FILE, LEFT IN ON PURPOSE. The shell's command `race` shows it, now and then.
//
// keys_note() runs in the UART's interrupt, whenever a key comes in. keys_rhythm() runs in a system call, so with
// interrupts on. Both change `statistics`. keys_rhythm() takes a copy, works on the copy, and puts it back, and nobody
// keeps keys_note() from running in between:
//
//     keys_rhythm()                          keys_note(), in an interrupt
//     now = statistics      (handled: 41)
//     … works on `now` …
//                                            statistics.handled++          (42)
//     … works on `now` …
//     statistics = now      (handled: 41!)
//
// The key is read and echoed, but its count is gone: a lost update. It takes a key within the few thousand
// instructions between the two copies, so that most runs look fine. The mending would be two lines: interrupts_off()
// before the first copy and interrupts_restore() behind the second, as uart.c does for its rings; or to put back only
// `weight`, and never what keys_rhythm() does not own.
#include "board.h"
#include "kernel.h"
#include "riscv.h"
#include "../lib/memory.h"

static const uint64_t weight_of_one_key = 1UL << 32;

static struct key_statistics {
    uint64_t handled;              // keys so far
    uint64_t last_time;            // when the last one came
    uint64_t weight[RHYTHM_BARS];  // how often each pause was seen; older ones count less and less
} statistics;

// Called in the interrupt for each key, with the time it came.
void keys_note(uint64_t time) {
    uint64_t pause = (time - statistics.last_time) / (TIME_PER_SECOND / 1000) / RHYTHM_BAR_MILLISECONDS;
    if (pause < RHYTHM_BARS) {
        statistics.weight[pause] += weight_of_one_key;
    }
    statistics.last_time = time;
    statistics.handled++;
}

// Lets the past fade a little with each look, and makes bars of what is left, the tallest always of the same height.
void keys_rhythm(struct key_rhythm *rhythm) {
    struct key_statistics now;
    memcpy(&now, &statistics, sizeof now);  // the race begins
    uint64_t tallest = 1;
    for (int i = 0; i < RHYTHM_BARS; i++) {
        now.weight[i] -= now.weight[i] >> 16;
        if (now.weight[i] > tallest) {
            tallest = now.weight[i];
        }
    }
    memcpy(&statistics, &now, sizeof now);  // the race ends
    for (int i = 0; i < RHYTHM_BARS; i++) {
        rhythm->height[i] = (uint8_t)(now.weight[i] * RHYTHM_TALLEST / tallest);
    }
}

// Both counts at the same moment.
void keys_counts(struct key_counts *counts) {
    bool were_on = interrupts_off();
    counts->received = uart_keys_received();
    counts->handled = statistics.handled;
    interrupts_restore(were_on);
}
