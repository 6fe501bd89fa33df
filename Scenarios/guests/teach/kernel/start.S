// Where the machine begins: machine mode (M), no stack, no memory protection, every device as reset left it.
#include "board.h"

    .section .text.start, "ax"
    .globl start
start:
    // One hart is enough for this kernel. Should the machine have more, the others sleep for ever.
    csrr    t0, mhartid
    bnez    t0, park

    la      sp, boot_stack_top

    // C promises that variables without a value start as zero.
    la      t0, bss_start
    la      t1, bss_end
1:  bgeu    t0, t1, 2f
    sd      zero, 0(t0)
    addi    t0, t0, 8
    j       1b
2:
    call    machine_init            // sets up all that only M mode may (machine.c)

    // "Return" from machine mode to supervisor mode (S), into kernel_main, with the stack as it is.
    la      t0, kernel_main
    csrw    mepc, t0
    mret

park:
    wfi
    j       park

// Machine-mode traps. One is expected: the timer of the CLINT, whose interrupt only M mode can get. It is passed on
// to S mode as a software interrupt (SSIP), which S mode can see and clear itself.
    .section .text
    .globl machine_trap
    .balign 4                       // mtvec wants an address divisible by 4
machine_trap:
    csrw    mscratch, sp            // three registers are needed: save them in machine_save
    la      sp, machine_save
    sd      t0, 0(sp)
    sd      t1, 8(sp)
    sd      t2, 16(sp)

    csrr    t0, mcause              // interrupt (top bit), number 7?
    li      t1, (1 << 63) | 7
    bne     t0, t1, machine_failure

    // The next tick comes one period after this one, however late this one was served: ticks do not drift.
    li      t0, CLINT_MTIMECMP
    ld      t1, 0(t0)
    li      t2, TIME_PER_TICK
    add     t1, t1, t2
    sd      t1, 0(t0)

    csrsi   mip, 1 << 1             // SSIP

    ld      t0, 0(sp)
    ld      t1, 8(sp)
    ld      t2, 16(sp)
    csrr    sp, mscratch
    mret

// Anything else in M mode is a mistake of this kernel. Nothing can be trusted now, so end the run with code 2.
machine_failure:
    li      t0, FINISHER_BASE
    li      t1, (2 << 16) | 0x3333
    sw      t1, 0(t0)
    j       park

    .section .bss
    .balign 16
machine_save:
    .space  32
    .globl boot_stack_bottom
boot_stack_bottom:
    .space  8192                    // start-up, and then the scheduler
boot_stack_top:
