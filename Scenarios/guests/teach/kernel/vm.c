// Virtual memory: Sv39 page tables, and the address spaces made with them.
//
// Sv39 translates 39 bits of address through three levels of tables with 512 entries of 8 bytes, one page each. An
// entry of the root table covers 1 GiB, which divides the addresses neatly here:
//
//     gigabyte 0   0x00000000   devices   the kernel's, at the same virtual as physical addresses
//     gigabyte 1   0x40000000   process   different in each address space
//     gigabyte 2   0x80000000   RAM       the kernel's, at the same virtual as physical addresses
//
// Every address space holds the kernel as well, out of reach of U mode, so that a trap need not change tables.
#include "board.h"
#include "kernel.h"
#include "riscv.h"
#include "../lib/memory.h"

// A page table entry: bits, and above them the number of a page, moved left by 10.
enum {
    ENTRY_VALID = 1 << 0,
    ENTRY_READ = 1 << 1,  // none of read, write, execute: the entry leads to another table
    ENTRY_WRITE = 1 << 2,
    ENTRY_EXECUTE = 1 << 3,
    ENTRY_USER = 1 << 4,
    // "Accessed" and "dirty" are set from the start; hardware would set them, or fault so that the kernel can.
    ENTRY_TOUCHED = 1 << 6 | 1 << 7,
    ENTRY_SHARED = 1 << 8,  // free for software: this page is not the address space's own
};
enum { ENTRIES = 512, FIRST_USER = 1 };  // root entry 1 is the process's

static const uint64_t user_base = 0x40000000, user_end = 0x80000000;
static const uint64_t user_stack_size = 2 * PAGE_SIZE;

extern const uint8_t kernel_start[], kernel_rodata[], kernel_data[];  // teach.ld
static uint64_t *kernel_root;
static void *shared_page;

static uint64_t entry_to(const void *page, uint64_t bits) { return (uint64_t)page / PAGE_SIZE << 10 | bits; }
static void *entry_page(uint64_t entry) { return (void *)((entry >> 10) * PAGE_SIZE); }

// The last-level entry for an address. If a table on the way is missing: makes it, or returns NULL.
static uint64_t *find_entry(uint64_t *table, uint64_t address, bool make) {
    for (int level = 2; level > 0; level--) {
        uint64_t *entry = &table[address >> (12 + 9 * level) & (ENTRIES - 1)];
        if ((*entry & ENTRY_VALID) == 0) {
            if (!make) {
                return NULL;
            }
            *entry = entry_to(page_take(), ENTRY_VALID);
        }
        table = entry_page(*entry);
    }
    return &table[address >> 12 & (ENTRIES - 1)];
}

static void map(uint64_t *root, uint64_t address, const void *page, uint64_t bits) {
    *find_entry(root, address, true) = entry_to(page, bits | ENTRY_VALID | ENTRY_TOUCHED);
}

// Maps addresses of the kernel to themselves.
static void map_kernel(uint64_t from, uint64_t to, uint64_t bits) {
    for (uint64_t address = from; address < to; address += PAGE_SIZE) {
        map(kernel_root, address, (void *)address, bits);
    }
}

void vm_init(void) {
    kernel_root = page_take();
    shared_page = page_take();
    map_kernel(FINISHER_BASE, FINISHER_BASE + PAGE_SIZE, ENTRY_READ | ENTRY_WRITE);
    map_kernel(RTC_BASE, RTC_BASE + PAGE_SIZE, ENTRY_READ | ENTRY_WRITE);
    map_kernel(PLIC_BASE, PLIC_BASE + PLIC_SIZE, ENTRY_READ | ENTRY_WRITE);
    map_kernel(UART_BASE, UART_BASE + PAGE_SIZE, ENTRY_READ | ENTRY_WRITE);
    map_kernel((uint64_t)kernel_start, (uint64_t)kernel_rodata, ENTRY_READ | ENTRY_EXECUTE);
    map_kernel((uint64_t)kernel_rodata, (uint64_t)kernel_data, ENTRY_READ);
    map_kernel((uint64_t)kernel_data, (uint64_t)RAM_BASE + RAM_SIZE, ENTRY_READ | ENTRY_WRITE);
    vm_activate(NULL);
}

void vm_activate(const uint64_t *root) {
    if (root == NULL) {
        root = kernel_root;
    }
    csr_write(satp, SATP_SV39 | (uint64_t)root / PAGE_SIZE);
    __asm__ volatile("sfence.vma" ::: "memory");  // forget what was remembered of the old tables
}

// An address space with a fresh copy of the program, an empty stack, and the shared page.
uint64_t *vm_new_space(const struct program *program) {
    uint64_t *root = page_take();
    memcpy(root, kernel_root, PAGE_SIZE);

    const uint8_t *from = program->load_start;
    for (uint64_t address = program->address; from < program->load_end; address += PAGE_SIZE, from += PAGE_SIZE) {
        void *page = page_take();
        memcpy(page, from, PAGE_SIZE);
        map(root, address, page, ENTRY_USER | ENTRY_READ | (from < program->load_data ? ENTRY_EXECUTE : ENTRY_WRITE));
    }
    for (uint64_t address = USER_STACK_TOP - user_stack_size; address < USER_STACK_TOP; address += PAGE_SIZE) {
        map(root, address, page_take(), ENTRY_USER | ENTRY_READ | ENTRY_WRITE);
    }
    map(root, SHARED_PAGE, shared_page, ENTRY_USER | ENTRY_READ | ENTRY_WRITE | ENTRY_SHARED);
    return root;
}

// Gives back the pages and tables of gigabyte 1, and the root table. It must not be active any more.
void vm_free_space(uint64_t *root) {
    uint64_t *middle = entry_page(root[FIRST_USER]);
    for (int i = 0; i < ENTRIES; i++) {
        if ((middle[i] & ENTRY_VALID) == 0) {
            continue;
        }
        uint64_t *last = entry_page(middle[i]);
        for (int j = 0; j < ENTRIES; j++) {
            if ((last[j] & (ENTRY_VALID | ENTRY_SHARED)) == ENTRY_VALID) {
                page_give_back(entry_page(last[j]));
            }
        }
        page_give_back(last);
    }
    page_give_back(middle);
    page_give_back(root);
}

// Whether the running process may itself read (or write) all of these addresses.
static bool user_may(uint64_t address, uint64_t length, uint64_t bits) {
    if (address < user_base || address >= user_end || length > user_end - address) {
        return false;
    }
    bits |= ENTRY_VALID | ENTRY_USER;
    for (uint64_t page = address & ~(PAGE_SIZE - 1UL); page < address + length; page += PAGE_SIZE) {
        const uint64_t *entry = find_entry(process_current()->root, page, false);
        if (entry == NULL || (*entry & bits) != bits) {
            return false;
        }
    }
    return true;
}

// Copying between the kernel and the running process. Never trust an address that comes from a process: check first,
// and only then lift the ban on touching its pages (SUM).
bool copy_from_user(void *to, uint64_t from, uint64_t length) {
    if (!user_may(from, length, ENTRY_READ)) {
        return false;
    }
    csr_set(sstatus, SSTATUS_SUM);
    memcpy(to, (const void *)from, length);
    csr_clear(sstatus, SSTATUS_SUM);
    return true;
}

bool copy_to_user(uint64_t to, const void *from, uint64_t length) {
    if (!user_may(to, length, ENTRY_WRITE)) {
        return false;
    }
    csr_set(sstatus, SSTATUS_SUM);
    memcpy((void *)to, from, length);
    csr_clear(sstatus, SSTATUS_SUM);
    return true;
}
