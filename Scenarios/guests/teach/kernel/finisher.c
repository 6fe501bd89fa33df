// The test finisher: ends the run, and tells the world outside how it went.
#include "board.h"
#include "kernel.h"
#include "riscv.h"

void finish(uint32_t failure_code) {
    write32(FINISHER_BASE, failure_code == 0 ? 0x5555 : failure_code << 16 | 0x3333);
    for (;;) {  // a board without a finisher: sleep
        __asm__ volatile("wfi");
    }
}
