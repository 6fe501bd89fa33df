// Where things are on the board: the addresses of QEMU's `virt` machine, which Reprise's board keeps.
// (Assembly files read this too, and an assembler knows no UL after a number.)
#pragma once

#define RAM_BASE 0x80000000
#define RAM_SIZE (16 << 20)  // what this kernel uses; more does no harm
#define PAGE_SIZE 4096

#define FINISHER_BASE 0x00100000  // a word written here ends the run
#define RTC_BASE 0x00101000       // goldfish real-time clock
#define CLINT_BASE 0x02000000     // the machine-mode timer
#define PLIC_BASE 0x0c000000      // sorts the devices' interrupts
#define PLIC_SIZE 0x00400000
#define UART_BASE 0x10000000  // 16550A: the console

#define UART_INTERRUPT 10                     // its number at the PLIC
#define CLINT_MTIMECMP (CLINT_BASE + 0x4000)  // of hart 0

#define TIME_PER_SECOND 10000000  // the `time` register counts at 10 MHz
#define TICKS_PER_SECOND 100      // how often the timer interrupts
#define TIME_PER_TICK (TIME_PER_SECOND / TICKS_PER_SECOND)
