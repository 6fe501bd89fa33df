// The kernel's first steps in supervisor mode.
#include "board.h"
#include "kernel.h"
#include "riscv.h"

[[noreturn]] void kernel_main(void);
extern const uint8_t kernel_start[], kernel_end[];  // teach.ld

void kernel_main(void) {
    csr_write(stvec, trap_entry);
    csr_write(sscratch, 0);  // "in the kernel": see trap.S

    uart_init();
    print("\nteach: hello from hart 0\n");

    page_init();
    print("teach: memory %u MiB at 0x%lx, kernel %lu KiB, %lu pages free\n", RAM_SIZE >> 20, (uint64_t)RAM_BASE,
          (uint64_t)(kernel_end - kernel_start) / 1024, page_count_free());

    vm_init();
    print("teach: paging on (Sv39)\n");

    random_init();
    plic_init();
    timer_init();
    process_init();
    process_schedule();
}
