// The processor's control and status registers (CSRs): the names of their bits, and how to reach them from C.
// The RISC-V Instruction Set Manual, Volume II (Privileged Architecture) explains each.
#pragma once

#include "../lib/types.h"

#define csr_read(name)                                             \
    ({                                                             \
        uint64_t csr_value;                                        \
        __asm__ volatile("csrr %0, " #name : "=r"(csr_value));     \
        csr_value;                                                 \
    })
#define csr_write(name, value) __asm__ volatile("csrw " #name ", %0" ::"r"((uint64_t)(value)) : "memory")
#define csr_set(name, bits) __asm__ volatile("csrs " #name ", %0" ::"r"((uint64_t)(bits)) : "memory")
#define csr_clear(name, bits) __asm__ volatile("csrc " #name ", %0" ::"r"((uint64_t)(bits)) : "memory")

// mstatus and sstatus
#define SSTATUS_SIE (1UL << 1)    // supervisor interrupts on
#define SSTATUS_SPIE (1UL << 5)   // …and whether they will be after sret
#define SSTATUS_SPP (1UL << 8)    // the mode a trap came from: 1 = S, 0 = U
#define SSTATUS_SUM (1UL << 18)   // let S mode reach pages of U mode
#define MSTATUS_MPP_MASK (3UL << 11)
#define MSTATUS_MPP_S (1UL << 11)

// Interrupts: bits of mie, mip, sie, sip, mideleg; and codes in scause
#define INTERRUPT_S_SOFTWARE 1
#define INTERRUPT_M_TIMER 7
#define INTERRUPT_S_EXTERNAL 9
#define CAUSE_INTERRUPT (1UL << 63)

// Exceptions: bits of medeleg; and codes in scause
#define EXCEPTION_ECALL_FROM_U 8

// satp: paging by Sv39, and the number of the page that holds the root table
#define SATP_SV39 (8UL << 60)

// Turns interrupts off and says whether they were on, for interrupts_restore().
static inline bool interrupts_off(void) {
    uint64_t before;
    __asm__ volatile("csrrc %0, sstatus, %1" : "=r"(before) : "r"(SSTATUS_SIE) : "memory");
    return (before & SSTATUS_SIE) != 0;
}

static inline void interrupts_on(void) { csr_set(sstatus, SSTATUS_SIE); }

static inline void interrupts_restore(bool were_on) {
    if (were_on) {
        interrupts_on();
    }
}

static inline uint64_t time_now(void) { return csr_read(time); }

// Device registers. `volatile` keeps the compiler from leaving out, doubling or reordering an access.
static inline uint8_t read8(uint64_t address) { return *(volatile uint8_t *)address; }
static inline uint32_t read32(uint64_t address) { return *(volatile uint32_t *)address; }
static inline void write8(uint64_t address, uint8_t value) { *(volatile uint8_t *)address = value; }
static inline void write32(uint64_t address, uint32_t value) { *(volatile uint32_t *)address = value; }
