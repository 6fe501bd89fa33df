// Runs the kernel and prints its checksum and how many instructions it retired.
#include "runtime.h"

enum {
  UART = 0x10000000,
  DATA = 0,            // transmit, or the divisor's low byte
  DIVISOR_HIGH = 1,
  LINE_CONTROL = 3,
  LINE_STATUS = 5,
  DIVISOR_ACCESS = 0x80,
  EIGHT_BITS = 0x03,
  TRANSMIT_READY = 0x20,
  TRANSMIT_IDLE = 0x40,
  FINISHER = 0x100000,
  FAIL = 0x13333,      // exit code 1 in the upper half
};

static volatile uint8_t *uart_register(int number) { return (volatile uint8_t *)(uintptr_t)(UART + number); }

static void open_console(void) {
  *uart_register(LINE_CONTROL) = DIVISOR_ACCESS | EIGHT_BITS;
  *uart_register(DATA) = 2;  // 3.6864 MHz / 16 / 2 = 115200 baud
  *uart_register(DIVISOR_HIGH) = 0;
  *uart_register(LINE_CONTROL) = EIGHT_BITS;
}

static void print_character(char character) {
  while (!(*uart_register(LINE_STATUS) & TRANSMIT_READY)) {
  }
  *uart_register(DATA) = (uint8_t)character;
}

static void print(const char *text) {
  while (*text) print_character(*text++);
}

// Waits until the last character is on the wire: the power goes off with the machine, and would cut it short.
static void close_console(void) {
  while (!(*uart_register(LINE_STATUS) & TRANSMIT_IDLE)) {
  }
}

// A number in the base (10 or 16), with at least that many digits.
static void print_number(uint64_t number, unsigned base, int least) {
  char digits[20];
  int count = 0;
  while (number != 0 || count < least) {
    digits[count++] = "0123456789abcdef"[number % base];
    number /= base;
  }
  while (count > 0) print_character(digits[--count]);
}

// On QEMU this counts instructions only with -icount; without, it gives the host's time.
static uint64_t instructions_retired(void) {
  uint64_t count;
  __asm__ volatile("csrr %0, minstret" : "=r"(count));
  return count;
}

void run_kernel(void) {
  open_console();
  print("bench: ");
  print(kernel_name);
  uint64_t before = instructions_retired();
  uint64_t sum = kernel();
  uint64_t after = instructions_retired();
  print("\nchecksum ");
  print_number(sum, 16, 16);
  print("\ninstructions ");
  print_number(after - before, 10, 1);
  print("\ndone\n");
  close_console();
}

void report_trap(uint64_t cause, uint64_t address, uint64_t value) {
  print("\ntrap: cause ");
  print_number(cause, 16, 1);
  print(" at ");
  print_number(address, 16, 16);
  print(" value ");
  print_number(value, 16, 16);
  print("\n");
  close_console();
  *(volatile uint32_t *)(uintptr_t)FINISHER = FAIL;
}

// The compiler may call these on its own account.
void *memset(void *to, int byte, uint64_t count) {
  uint8_t *next = to;
  while (count-- > 0) *next++ = (uint8_t)byte;
  return to;
}

void *memcpy(void *restrict to, const void *restrict from, uint64_t count) {
  uint8_t *next = to;
  const uint8_t *source = from;
  while (count-- > 0) *next++ = *source++;
  return to;
}
