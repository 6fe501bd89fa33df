// The worker: a second process that has something to do now and then. Process 2.
#include "user.h"

enum { BEATS_PER_SECOND = 2, WORDS = 1024 };

// Work that takes a while: the same few kilobytes, stirred over and over.
static uint64_t words[WORDS];

static void work(void) {
    for (int round = 0; round < 16; round++) {
        for (int i = 0; i < WORDS; i++) {
            words[i] = words[i] * 6364136223846793005 + words[(i + 1) % WORDS] + 1;
        }
    }
}

int main(void) {
    for (;;) {
        work();
        shared()->beats++;  // the shell's `uptime` shows it: the page is in both address spaces
        sleep_milliseconds(1000 / BEATS_PER_SECOND);
    }
}
