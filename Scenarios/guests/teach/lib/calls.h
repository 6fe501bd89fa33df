// The system calls: what both sides, kernel and processes, must agree on.
//
// A process puts the number in a7 and up to three arguments in a0, a1, a2, and executes `ecall`. The result comes back
// in a0; -1 says that a call failed (an unknown number, or an address that the process may not use).
#pragma once

#include "types.h"

enum call {
    CALL_WRITE = 1,       // (text, length): send bytes to the console; the length back
    CALL_READ = 2,        // (buffer, length, wait): take keys; how many, 0 if there are none and `wait` is 0
    CALL_SLEEP = 3,       // (milliseconds): sleep at least so long
    CALL_YIELD = 4,       // (): let another process run
    CALL_GETPID = 5,      // (): the number of this process
    CALL_TIME = 6,        // (): microseconds since power-on
    CALL_RANDOM = 7,      // (): 64 random bits
    CALL_KEY_RHYTHM = 8,  // (struct key_rhythm *): how fast somebody is typing
    CALL_KEY_COUNTS = 9,  // (struct key_counts *): how many keys came in, counted twice
    CALL_POWER_OFF = 10,  // (): never comes back
};

// The rhythm of somebody's typing: how often which pause between two keys was seen lately.
enum { RHYTHM_BARS = 256, RHYTHM_BAR_MILLISECONDS = 4, RHYTHM_TALLEST = 255 };
struct key_rhythm {
    uint8_t height[RHYTHM_BARS];  // 0 … RHYTHM_TALLEST, for pauses of 0-3 ms, 4-7 ms, …
};

// Two counts of the same thing, which should agree. See kernel/keys.c for why they may not.
struct key_counts {
    uint64_t received;  // by the UART driver, as it puts a key into its buffer
    uint64_t handled;   // by the statistics
};

// The page that both processes can see, at this address in each of them.
#define SHARED_PAGE 0x50000000UL
struct shared_page {
    uint64_t beats;  // written by the worker only
};
