// What each file of the kernel offers to the others.
#pragma once

#include "../lib/calls.h"
#include "../lib/types.h"

// The registers of whatever was running when a trap came, as trap.S saves them.
struct trap_frame {
    uint64_t x[32];  // x[0] is not used
    uint64_t sepc;
    uint64_t sstatus;
    uint64_t scause;
    uint64_t stval;
};

// The registers that a function must keep for its caller: all that switch.S has to save.
struct context {
    uint64_t ra;
    uint64_t sp;
    uint64_t s[12];
};

enum process_state { RUNNABLE, RUNNING, WAITING };

struct process {
    int number;
    const struct program *program;
    enum process_state state;
    const void *waiting_for;   // what will wake it: an address that waker and sleeper agree on
    uint64_t wake_tick;        // when waiting for the clock
    uint64_t *root;            // its page table
    struct trap_frame *frame;  // its registers in U mode, at the top of its kernel stack
    struct context context;    // its registers in the kernel while it is not running
    uint64_t restarts;
};

// A program linked into this kernel (see teach.ld): its bytes from `load_start` to `load_end` belong at `address`.
// Those before `load_data` are code and constants, the others are variables.
struct program {
    const char *name;
    uint64_t address;
    const uint8_t *load_start;
    const uint8_t *load_data;
    const uint8_t *load_end;
};

// trap.S, switch.S
void trap_entry(void);
void trap_return(void);
void switch_context(struct context *save, struct context *load);

// page.c
void page_init(void);
void *page_take(void);  // filled with zeroes
void page_give_back(void *page);
uint64_t page_count_free(void);

// vm.c
void vm_init(void);
void vm_activate(const uint64_t *root);  // NULL: the kernel's own table
uint64_t *vm_new_space(const struct program *program);
void vm_free_space(uint64_t *root);
bool copy_from_user(void *to, uint64_t from, uint64_t length);
bool copy_to_user(uint64_t to, const void *from, uint64_t length);
#define USER_STACK_TOP 0x60000000UL

// uart.c
void uart_init(void);
void uart_interrupt(void);
void uart_write(const char *text, uint64_t length);         // for processes: waits while the buffer is full
uint64_t uart_read(char *keys, uint64_t size, bool wait);   // for processes
void uart_write_now(const char *text, uint64_t length);     // for the kernel: done when it returns
uint64_t uart_keys_received(void);

// plic.c, timer.c, random.c
void plic_init(void);
void plic_interrupt(void);
void timer_init(void);
void timer_interrupt(void);
uint64_t timer_ticks(void);
void random_init(void);
void random_stir(uint64_t value);
uint64_t random_next(void);

// keys.c
void keys_note(uint64_t time);
void keys_rhythm(struct key_rhythm *rhythm);
void keys_counts(struct key_counts *counts);

// process.c
struct process *process_current(void);
void process_init(void);
[[noreturn]] void process_schedule(void);
void process_yield(void);
void process_wait(const void *reason);
void process_wake(const void *reason);
void process_sleep_ticks(uint64_t ticks);
void process_tick(void);
void process_preempt_if_due(void);
void process_restart(void);

// syscall.c
void system_call(struct trap_frame *frame);

// print.c, panic.c, finisher.c
[[gnu::format(printf, 1, 2)]] void print(const char *template, ...);
[[noreturn, gnu::format(printf, 2, 3)]] void panic(const struct trap_frame *frame, const char *template, ...);
[[noreturn]] void finish(uint32_t failure_code);  // 0: all is well
