// Calls and returns: a doubly recursive function, and a small stack machine whose every operation is a function called
// through a table.
#include "runtime.h"

enum { FIBONACCI = 33, COLLATZ_NUMBERS = 60000, STACK = 16 };
const char kernel_name[] = "calls";

// Opaque to the optimiser, which would else turn half the calls into a loop.
__attribute__((noinline)) static uint64_t fibonacci(uint64_t number) {
  if (number < 2) return number;
  uint64_t before = fibonacci(number - 2);
  __asm__ volatile("" : "+r"(before));
  return fibonacci(number - 1) + before;
}

typedef struct {
  uint64_t stack[STACK];
  uint64_t *top;             // the topmost value
  const int16_t *program;
  const int16_t *next;       // the instruction to be run
} Machine;

typedef void Operation(Machine *);

static void push(Machine *machine) { *++machine->top = (uint64_t)(int64_t)*machine->next++; }
static void duplicate(Machine *machine) {
  machine->top[1] = machine->top[0];
  machine->top++;
}
static void swap(Machine *machine) {
  uint64_t held = machine->top[0];
  machine->top[0] = machine->top[-1];
  machine->top[-1] = held;
}
static void add(Machine *machine) {
  machine->top--;
  machine->top[0] += machine->top[1];
}
static void multiply(Machine *machine) {
  machine->top--;
  machine->top[0] *= machine->top[1];
}
static void and_bits(Machine *machine) {
  machine->top--;
  machine->top[0] &= machine->top[1];
}
static void halve(Machine *machine) { machine->top[0] >>= 1; }
static void jump(Machine *machine) { machine->next = machine->program + *machine->next; }
static void jump_if_zero(Machine *machine) {
  int16_t target = *machine->next++;
  if (*machine->top-- == 0) machine->next = machine->program + target;
}
static void stop(Machine *machine) { machine->next = 0; }

enum { PUSH, DUPLICATE, SWAP, ADD, MULTIPLY, AND, HALVE, JUMP, JUMP_IF_ZERO, STOP };
static Operation *const operations[] = {push,     duplicate, swap, add,          multiply,
                                        and_bits, halve,     jump, jump_if_zero, stop};

// On the stack: a count of steps, and above it the number whose Collatz sequence is followed down to 1.
static const int16_t collatz[] = {
    /*  0: until it is 1 */ DUPLICATE, PUSH, -1, ADD, JUMP_IF_ZERO, 28,
    /*  6: count */ SWAP, PUSH, 1, ADD, SWAP,
    /* 11: even? */ DUPLICATE, PUSH, 1, AND, JUMP_IF_ZERO, 25,
    /* 17: odd */ PUSH, 3, MULTIPLY, PUSH, 1, ADD, JUMP, 0,
    /* 25: even */ HALVE, JUMP, 0,
    /* 28 */ STOP,
};

static uint64_t collatz_steps(uint64_t number) {
  Machine machine = {.program = collatz, .next = collatz};
  machine.top = &machine.stack[1];
  machine.stack[1] = number;
  while (machine.next) operations[*machine.next++](&machine);
  return machine.stack[0];
}

uint64_t kernel(void) {
  uint64_t sum = mix(0, fibonacci(FIBONACCI));
  for (uint64_t number = 1; number <= COLLATZ_NUMBERS; number++) sum = mix(sum, collatz_steps(number));
  return sum;
}
