// What has to be done in machine mode, once: hand nearly everything over to supervisor mode.
#include "board.h"
#include "kernel.h"
#include "riscv.h"

void machine_trap(void);
void machine_init(void);

void machine_init(void) {
    // Physical memory protection (PMP): without any rule S mode may touch nothing. One rule is enough, which lets it
    // read, write and execute (bits 0-2) all addresses from 0 up to pmpaddr0 (bit 3: top of range).
    csr_write(pmpaddr0, (1UL << 54) - 1);
    csr_write(pmpcfg0, 0x0f);

    // Delegation: exceptions and S-mode interrupts go to S mode directly. Not delegated are calls from S and M mode
    // (9 and 11), which nobody makes here; one would be a mistake.
    csr_write(medeleg, 0xffff & ~(1UL << 9) & ~(1UL << 11));
    csr_write(mideleg, 1UL << INTERRUPT_S_SOFTWARE | 1UL << INTERRUPT_S_EXTERNAL);

    // S and U mode may read the counters `cycle`, `time` and `instret` (bits 0-2).
    csr_write(mcounteren, 7);
    csr_write(scounteren, 7);

    // The first timer interrupt; machine_trap sets up each following one.
    csr_write(mtvec, machine_trap);
    *(volatile uint64_t *)CLINT_MTIMECMP = time_now() + TIME_PER_TICK;
    csr_write(mie, 1UL << INTERRUPT_M_TIMER);

    // The mode that mret goes to, and no paging there yet.
    csr_clear(mstatus, MSTATUS_MPP_MASK);
    csr_set(mstatus, MSTATUS_MPP_S);
    csr_write(satp, 0);
}
