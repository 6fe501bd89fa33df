// The console: a 16550A UART, driven by interrupts in both directions.
//
// Each direction has a ring buffer between the device and the processes. Interrupts move bytes from the device's
// receive FIFO into `received`, and from `to_send` into its transmit FIFO; processes wait while it is empty or full.
// Rings are touched with interrupts off, as the interrupt handler touches them too.
#include "board.h"
#include "kernel.h"
#include "riscv.h"

// Registers. The first two mean something else (the divisor) while LINE_CONTROL_DIVISOR is set.
enum {
    DATA = 0,
    INTERRUPT_ENABLE = 1,
    INTERRUPT_REASON = 2,  // when read
    FIFO_CONTROL = 2,      // when written
    LINE_CONTROL = 3,
    MODEM_CONTROL = 4,
    LINE_STATUS = 5,
};
enum {
    ENABLE_RECEIVE = 1 << 0,
    ENABLE_SEND = 1 << 1,
    REASON_NONE = 1 << 0,
    FIFO_ON_AND_EMPTY = 7,
    LINE_CONTROL_8_BITS = 3,
    LINE_CONTROL_DIVISOR = 1 << 7,
    MODEM_CONTROL_READY = 1 << 0 | 1 << 1 | 1 << 3,  // DTR, RTS, and OUT2, which on a PC lets interrupts through
    LINE_STATUS_RECEIVED = 1 << 0,
    LINE_STATUS_CAN_SEND = 1 << 5,
    LINE_STATUS_ALL_SENT = 1 << 6,
};
enum { FIFO_SIZE = 16, DIVISOR_115200 = 2 };  // 3.6864 MHz / 16 / 115200

// `in` and `out` count all bytes ever; the difference is what the ring holds.
enum { RING_SIZE = 256 };
struct ring {
    char bytes[RING_SIZE];
    uint64_t in;
    uint64_t out;
};
static struct ring received, to_send;
static uint8_t enabled;  // what INTERRUPT_ENABLE holds

static bool is_empty(const struct ring *ring) { return ring->in == ring->out; }
static bool is_full(const struct ring *ring) { return ring->in - ring->out == RING_SIZE; }
static void put(struct ring *ring, char byte) { ring->bytes[ring->in++ % RING_SIZE] = byte; }
static char take(struct ring *ring) { return ring->bytes[ring->out++ % RING_SIZE]; }

static uint8_t get_register(int number) { return read8(UART_BASE + (uint64_t)number); }
static void set_register(int number, uint8_t value) { write8(UART_BASE + (uint64_t)number, value); }
static bool line_status(uint8_t bit) { return (get_register(LINE_STATUS) & bit) != 0; }

static void enable(uint8_t bit, bool on) {
    uint8_t wanted = on ? enabled | bit : enabled & (uint8_t)~bit;
    if (wanted != enabled) {
        enabled = wanted;
        set_register(INTERRUPT_ENABLE, enabled);
    }
}

void uart_init(void) {
    set_register(INTERRUPT_ENABLE, 0);
    set_register(LINE_CONTROL, LINE_CONTROL_DIVISOR);
    set_register(0, DIVISOR_115200);
    set_register(1, 0);
    set_register(LINE_CONTROL, LINE_CONTROL_8_BITS);
    set_register(FIFO_CONTROL, FIFO_ON_AND_EMPTY);
    set_register(MODEM_CONTROL, MODEM_CONTROL_READY);
    enable(ENABLE_RECEIVE, true);
}

// Fills the transmit FIFO if it is empty. Its interrupt stays enabled only while there is more to send.
static void send_some(void) {
    if (line_status(LINE_STATUS_CAN_SEND)) {
        for (int i = 0; i < FIFO_SIZE && !is_empty(&to_send); i++) {
            set_register(DATA, (uint8_t)take(&to_send));
        }
        process_wake(&to_send);
    }
    enable(ENABLE_SEND, !is_empty(&to_send));
}

// Empties the receive FIFO. With a full ring the bytes stay where they are, and the interrupt is off until somebody has
// read some: then it is the sender who has to wait.
static void receive_some(void) {
    while (!is_full(&received) && line_status(LINE_STATUS_RECEIVED)) {
        uint64_t time = time_now();
        put(&received, (char)get_register(DATA));
        keys_note(time);
        random_stir(time);
        process_wake(&received);
    }
    enable(ENABLE_RECEIVE, !is_full(&received));
}

void uart_interrupt(void) {
    while ((get_register(INTERRUPT_REASON) & REASON_NONE) == 0) {
        receive_some();
        send_some();
    }
}

// Puts a byte into the ring that has room for it; a line on a terminal ends with two bytes.
static void put_to_send(char byte) {
    if (byte == '\n') {
        put(&to_send, '\r');
    }
    put(&to_send, byte);
}

void uart_write(const char *text, uint64_t length) {
    bool were_on = interrupts_off();
    for (uint64_t i = 0; i < length; i++) {
        while (to_send.in - to_send.out > RING_SIZE - 2) {
            send_some();
            process_wait(&to_send);
        }
        put_to_send(text[i]);
    }
    send_some();
    interrupts_restore(were_on);
}

uint64_t uart_read(char *keys, uint64_t size, bool wait) {
    bool were_on = interrupts_off();
    while (wait && size > 0 && is_empty(&received)) {
        process_wait(&received);
    }
    uint64_t count = 0;
    while (count < size && !is_empty(&received)) {
        keys[count++] = take(&received);
    }
    enable(ENABLE_RECEIVE, true);
    interrupts_restore(were_on);
    return count;
}

// The kernel's own words must come out even if nothing works any more. So no interrupts: send what is left in the ring,
// then this, and wait until the last bit is on the line. That takes 87 µs a byte, so look after the keys meanwhile.
void uart_write_now(const char *text, uint64_t length) {
    bool were_on = interrupts_off();
    for (uint64_t i = 0; i < length || !is_empty(&to_send);) {
        while (i < length && to_send.in - to_send.out <= RING_SIZE - 2) {
            put_to_send(text[i++]);
        }
        send_some();
        receive_some();
    }
    while (!line_status(LINE_STATUS_ALL_SENT)) {
        receive_some();
    }
    interrupts_restore(were_on);
}

uint64_t uart_keys_received(void) { return received.in; }
