// The PLIC: gathers the interrupts of all devices into one line per hart and mode ("context").
#include "board.h"
#include "kernel.h"
#include "riscv.h"

enum { CONTEXT = 1 };  // hart 0 has two: 0 is for M mode, 1 for S mode

static const uint64_t priority = PLIC_BASE;  // 4 bytes per interrupt
static const uint64_t enable = PLIC_BASE + 0x2000 + CONTEXT * 0x80;
static const uint64_t threshold = PLIC_BASE + 0x200000 + CONTEXT * 0x1000;
static const uint64_t claim = threshold + 4;

void plic_init(void) {
    write32(priority + 4 * UART_INTERRUPT, 1);  // 0 would mean never
    write32(enable, 1 << UART_INTERRUPT);
    write32(threshold, 0);  // let every priority above 0 through
    csr_set(sie, 1UL << INTERRUPT_S_EXTERNAL);
}

void plic_interrupt(void) {
    uint32_t number = read32(claim);  // "I take it": which one?
    if (number == UART_INTERRUPT) {
        uart_interrupt();
    }
    if (number != 0) {  // 0: it went away by itself
        write32(claim, number);  // "done": it may interrupt again
    }
}
