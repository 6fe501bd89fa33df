// The timer: TICKS_PER_SECOND interrupts a second, and the clock that counts them.
#include "board.h"
#include "kernel.h"
#include "riscv.h"

static uint64_t ticks;

// The CLINT's timer has been running since machine_init; from now on S mode listens to what is passed on to it.
void timer_init(void) { csr_set(sie, 1UL << INTERRUPT_S_SOFTWARE); }

void timer_interrupt(void) {
    ticks++;
    process_tick();
}

uint64_t timer_ticks(void) { return ticks; }
