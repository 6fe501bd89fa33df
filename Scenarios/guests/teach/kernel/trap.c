// What a trap means, and who deals with it.
#include "kernel.h"
#include "riscv.h"

void trap(struct trap_frame *frame);

static const char *exception_name(uint64_t cause) {
    static const char *const names[16] = {
        [0] = "instruction address misaligned",
        [1] = "instruction access fault",
        [2] = "illegal instruction",
        [3] = "breakpoint",
        [4] = "load address misaligned",
        [5] = "load access fault",
        [6] = "store address misaligned",
        [7] = "store access fault",
        [8] = "call from U mode",
        [12] = "instruction page fault",
        [13] = "load page fault",
        [15] = "store page fault",
    };
    return cause < 16 && names[cause] != NULL ? names[cause] : "unknown exception";
}

static void interrupt(struct trap_frame *frame) {
    switch (frame->scause & ~CAUSE_INTERRUPT) {
    case INTERRUPT_S_SOFTWARE:  // the timer, passed on by machine_trap in start.S
        csr_clear(sip, 1UL << INTERRUPT_S_SOFTWARE);
        timer_interrupt();
        break;
    case INTERRUPT_S_EXTERNAL:
        plic_interrupt();
        break;
    default:
        panic(frame, "interrupt of an unknown kind");
    }
}

// A process did what it may not. The kernel is unharmed: say what happened, and start the process afresh.
static void process_fault(struct trap_frame *frame) {
    const struct process *process = process_current();
    print("\nfault: process %d (%s): %s\n", process->number, process->program->name, exception_name(frame->scause));
    print("fault: scause 0x%lx  stval 0x%lx  sepc 0x%lx\n", frame->scause, frame->stval, frame->sepc);
    print("fault: process %d killed and started again\n", process->number);
    process_restart();
}

// Called by trap.S with interrupts off. They stay off, except during a system call: that is work for a process and may
// take its time, so it can be interrupted by a nested trap.
void trap(struct trap_frame *frame) {
    bool from_user = (frame->sstatus & SSTATUS_SPP) == 0;
    if (frame->scause & CAUSE_INTERRUPT) {
        interrupt(frame);
    } else if (!from_user) {
        panic(frame, "%s in the kernel", exception_name(frame->scause));
    } else if (frame->scause == EXCEPTION_ECALL_FROM_U) {
        frame->sepc += 4;  // go on behind the ecall
        interrupts_on();
        system_call(frame);
        interrupts_off();
    } else {
        process_fault(frame);
    }
    // Processes are preempted, the kernel is not: a nested trap returns to where the kernel was.
    if (from_user) {
        process_preempt_if_due();
    }
}
