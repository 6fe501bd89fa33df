// System calls: what processes can ask the kernel for. The numbers are in lib/calls.h.
// Interrupts are on here, unlike in the rest of the kernel.
#include "board.h"
#include "kernel.h"
#include "riscv.h"

enum { PIECE = 64 };  // how much is copied at a time between a process and the console
static const uint64_t failed = ~0UL;

static uint64_t call_write(uint64_t text, uint64_t length) {
    char piece[PIECE];
    for (uint64_t done = 0; done < length;) {
        uint64_t count = length - done < PIECE ? length - done : PIECE;
        if (!copy_from_user(piece, text + done, count)) {
            return failed;
        }
        uart_write(piece, count);
        done += count;
    }
    return length;
}

static uint64_t call_read(uint64_t buffer, uint64_t length, bool wait) {
    char piece[PIECE];
    uint64_t count = uart_read(piece, length < PIECE ? length : PIECE, wait);
    return copy_to_user(buffer, piece, count) ? count : failed;
}

static uint64_t call_sleep(uint64_t milliseconds) {
    if (milliseconds > 1000UL * 86400 * 365) {
        return failed;
    }
    uint64_t per_tick = 1000 / TICKS_PER_SECOND;
    interrupts_off();
    // One tick more than asked for: the first one may come at once.
    process_sleep_ticks((milliseconds + per_tick - 1) / per_tick + 1);
    interrupts_on();
    return 0;
}

static uint64_t call_yield(void) {
    interrupts_off();
    process_yield();
    interrupts_on();
    return 0;
}

static uint64_t call_random(void) {
    interrupts_off();  // a key may stir the generator at any moment
    uint64_t value = random_next();
    interrupts_on();
    return value;
}

static uint64_t call_key_rhythm(uint64_t to) {
    struct key_rhythm rhythm;
    keys_rhythm(&rhythm);
    return copy_to_user(to, &rhythm, sizeof rhythm) ? 0 : failed;
}

static uint64_t call_key_counts(uint64_t to) {
    struct key_counts counts;
    keys_counts(&counts);
    return copy_to_user(to, &counts, sizeof counts) ? 0 : failed;
}

[[noreturn]] static void call_power_off(void) {
    print("teach: power off\n");
    finish(0);
}

// The number is in a7 (x17), the arguments are in a0 to a2 (x10 to x12), the result goes to a0.
void system_call(struct trap_frame *frame) {
    uint64_t *a = &frame->x[10];
    switch (frame->x[17]) {
    case CALL_WRITE:
        a[0] = call_write(a[0], a[1]);
        break;
    case CALL_READ:
        a[0] = call_read(a[0], a[1], a[2] != 0);
        break;
    case CALL_SLEEP:
        a[0] = call_sleep(a[0]);
        break;
    case CALL_YIELD:
        a[0] = call_yield();
        break;
    case CALL_GETPID:
        a[0] = (uint64_t)process_current()->number;
        break;
    case CALL_TIME:
        a[0] = time_now() / (TIME_PER_SECOND / 1000000);
        break;
    case CALL_RANDOM:
        a[0] = call_random();
        break;
    case CALL_KEY_RHYTHM:
        a[0] = call_key_rhythm(a[0]);
        break;
    case CALL_KEY_COUNTS:
        a[0] = call_key_counts(a[0]);
        break;
    case CALL_POWER_OFF:
        call_power_off();
    default:
        a[0] = failed;
    }
}
