// The shell: reads a line, does what it says. Process 1.
#include "user.h"
#include "../lib/memory.h"

static void command_help(void) {
    print("help     this list\n"
          "uptime   how long the machine has been up, and what it did\n"
          "rand     a random number\n"
          "spin N   N thousand rounds of arithmetic, and their checksum\n"
          "fault    write where there is no memory\n"
          "race     a bug that depends on when you press which key\n"
          "off      power off\n");
}

static void command_uptime(void) {
    uint64_t now = microseconds_now();
    struct key_counts keys;
    call(CALL_KEY_COUNTS, (uint64_t)&keys, 0, 0);
    print("up %lu.%03lu s, %lu keys, worker: %lu beats\n", now / 1000000, now / 1000 % 1000, keys.received,
          shared()->beats);
}

static void command_rand(void) { print("0x%016lx\n", (uint64_t)call(CALL_RANDOM, 0, 0, 0)); }

// The number at the start of a text; 0 if there is none.
static uint64_t number_in(const char *text) {
    uint64_t number = 0;
    for (; *text >= '0' && *text <= '9'; text++) {
        number = number * 10 + (uint64_t)(*text - '0');
    }
    return number;
}

static void command_spin(const char *argument) {
    uint64_t thousands = number_in(argument);
    if (thousands == 0) {
        print("spin: how many thousand rounds? For example: spin 1000\n");
        return;
    }
    uint64_t start = microseconds_now();
    uint64_t sum = 0xcbf29ce484222325;  // the FNV-1a hash of the numbers up to N thousand
    for (uint64_t i = 0; i < thousands * 1000; i++) {
        sum = (sum ^ i) * 0x100000001b3;
    }
    uint64_t milliseconds = (microseconds_now() - start) / 1000;
    print("spin: %lu thousand rounds, checksum 0x%016lx, %lu ms\n", thousands, sum, milliseconds);
}

static void command_fault(void) {
    volatile uint64_t *nowhere = (volatile uint64_t *)0x7ead0000;
    print("fault: writing to 0x%lx, where nothing is\n", (uint64_t)nowhere);
    *nowhere = 42;
    print("fault: still here?\n");
}

static void run(char *line) {
    while (*line == ' ') {
        line++;
    }
    char *argument = line;  // behind the first word
    while (*argument != '\0' && *argument != ' ') {
        argument++;
    }
    while (*argument == ' ') {
        *argument++ = '\0';
    }
    if (*line == '\0') {
        return;
    } else if (equal(line, "help")) {
        command_help();
    } else if (equal(line, "uptime")) {
        command_uptime();
    } else if (equal(line, "rand")) {
        command_rand();
    } else if (equal(line, "spin")) {
        command_spin(argument);
    } else if (equal(line, "fault")) {
        command_fault();
    } else if (equal(line, "race")) {
        command_race();
    } else if (equal(line, "off")) {
        call(CALL_POWER_OFF, 0, 0, 0);
    } else {
        print("%s: unknown command; try help\n", line);
    }
}

int main(void) {
    print("shell: process %ld, type help\n", call(CALL_GETPID, 0, 0, 0));
    for (;;) {
        static char line[256];
        read_line("teach> ", line, sizeof line);
        run(line);
    }
}
