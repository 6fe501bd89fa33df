// Processes: the two there are, switching between them, waiting and waking.
//
// Each process has a kernel stack, on which the kernel works for it. The scheduler has the stack that start.S made. To
// switch from a process to another one is to switch to the scheduler, which picks the next and switches to that.
// All functions here are called with interrupts off.
#include "board.h"
#include "kernel.h"
#include "riscv.h"

enum { PROCESSES = 2, KERNEL_STACK_SIZE = 8192 };
static const uint64_t stack_mark = 0x7374616b74656163;  // lies at the bottom of each stack, and should stay there

extern const uint8_t shell_address[], shell_load_start[], shell_load_data[], shell_load_end[];      // teach.ld
extern const uint8_t worker_address[], worker_load_start[], worker_load_data[], worker_load_end[];  // teach.ld
static const struct program programs[PROCESSES] = {
    {"shell", (uint64_t)shell_address, shell_load_start, shell_load_data, shell_load_end},
    {"worker", (uint64_t)worker_address, worker_load_start, worker_load_data, worker_load_end},
};

static struct process processes[PROCESSES];
[[gnu::aligned(16)]] static uint8_t kernel_stacks[PROCESSES][KERNEL_STACK_SIZE];
static struct process *current;  // NULL: the scheduler runs
static struct context scheduler;
static bool preemption_is_due;
static const char the_clock;  // what sleeping processes wait for

struct process *process_current(void) { return current; }

// Registers for a process that begins: interrupts on, U mode, first instruction, empty stack.
static void reset_registers(struct process *process) {
    *process->frame = (struct trap_frame){.sepc = process->program->address, .sstatus = SSTATUS_SPIE};
    process->frame->x[2] = USER_STACK_TOP;
}

void process_init(void) {
    for (int i = 0; i < PROCESSES; i++) {
        struct process *process = &processes[i];
        *(uint64_t *)kernel_stacks[i] = stack_mark;
        process->number = i + 1;
        process->program = &programs[i];
        process->root = vm_new_space(process->program);
        process->frame = (struct trap_frame *)(kernel_stacks[i] + KERNEL_STACK_SIZE) - 1;
        reset_registers(process);
        // When the scheduler switches to it for the first time, it "returns" from a trap that never was.
        process->context.ra = (uint64_t)trap_return;
        process->context.sp = (uint64_t)process->frame;
        process->state = RUNNABLE;
    }
}

// Throws away the running process's memory and registers and lets it begin again.
void process_restart(void) {
    uint64_t *old = current->root;
    current->root = vm_new_space(current->program);
    vm_activate(current->root);
    vm_free_space(old);
    reset_registers(current);
    current->restarts++;
}

static void run(struct process *process) {
    current = process;
    process->state = RUNNING;
    preemption_is_due = false;
    vm_activate(process->root);
    switch_context(&scheduler, &process->context);  // comes back when the process gives up the processor
    vm_activate(NULL);
    current = NULL;
    if (*(uint64_t *)kernel_stacks[process->number - 1] != stack_mark) {
        panic(NULL, "kernel stack of process %d overflowed", process->number);
    }
}

void process_schedule(void) {
    for (int last = PROCESSES - 1;;) {
        struct process *next = NULL;
        for (int i = 1; i <= PROCESSES && next == NULL; i++) {
            int candidate = (last + i) % PROCESSES;  // the others first: everyone gets a turn
            if (processes[candidate].state == RUNNABLE) {
                next = &processes[candidate];
                last = candidate;
            }
        }
        if (next != NULL) {
            run(next);
        } else {
            // Nothing to do: sleep until an interrupt. wfi wakes up even with interrupts off, so none can slip in
            // between the look at the processes and the sleep. Turning them on for a moment lets it be served.
            __asm__ volatile("wfi");
            interrupts_on();
            interrupts_off();
        }
    }
}

void process_yield(void) {
    current->state = RUNNABLE;
    switch_context(&current->context, &scheduler);
}

// Waits until somebody calls process_wake() with the same address. The caller then looks again whether what it
// needs is really there.
void process_wait(const void *reason) {
    current->waiting_for = reason;
    current->state = WAITING;
    switch_context(&current->context, &scheduler);
}

void process_wake(const void *reason) {
    for (int i = 0; i < PROCESSES; i++) {
        if (processes[i].state == WAITING && processes[i].waiting_for == reason) {
            processes[i].state = RUNNABLE;
        }
    }
}

void process_sleep_ticks(uint64_t ticks) {
    current->wake_tick = timer_ticks() + ticks;
    while (timer_ticks() < current->wake_tick) {
        process_wait(&the_clock);
    }
}

// The timer has ticked: sleepers look at the clock, and the running process has had its turn.
void process_tick(void) {
    process_wake(&the_clock);
    preemption_is_due = true;
}

void process_preempt_if_due(void) {
    if (preemption_is_due) {
        process_yield();
    }
}
