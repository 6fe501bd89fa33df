// The end of the kernel: something is wrong in the kernel itself, and going on could only do harm.
#include "kernel.h"
#include "riscv.h"
#include "../lib/format.h"

static const char *const names[32] = {
    "zero", "ra", "sp", "gp", "tp",  "t0",  "t1", "t2", "s0", "s1", "a0", "a1", "a2", "a3", "a4", "a5",
    "a6",   "a7", "s2", "s3", "s4",  "s5",  "s6", "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6",
};

void panic(const struct trap_frame *frame, const char *template, ...) {
    interrupts_off();
    char reason[128];
    va_list values;
    va_start(values, template);
    format(reason, sizeof reason, template, values);
    va_end(values);

    print("\npanic: %s\n", reason);
    if (frame != NULL) {
        print("panic: scause 0x%lx  stval 0x%lx  sepc 0x%lx  sstatus 0x%lx\n", frame->scause, frame->stval,
              frame->sepc, frame->sstatus);
        for (int i = 1; i < 32; i++) {
            print("%s%4s %016lx", i % 4 == 1 ? "\n" : " ", names[i], frame->x[i]);
        }
        print("\n");
    } else {
        print("panic: called from 0x%lx\n", (uint64_t)__builtin_return_address(0));
    }
    finish(1);
}
