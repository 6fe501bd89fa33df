// System calls in a handier form.
#include "user.h"
#include "../lib/format.h"

void print(const char *template, ...) {
    char text[512];
    va_list values;
    va_start(values, template);
    call(CALL_WRITE, (uint64_t)text, format(text, sizeof text, template, values), 0);
    va_end(values);
}

uint64_t read_keys(char *keys, uint64_t size, bool wait) {
    int64_t count = call(CALL_READ, (uint64_t)keys, size, wait);
    return count < 0 ? 0 : (uint64_t)count;
}

void sleep_milliseconds(uint64_t milliseconds) { call(CALL_SLEEP, milliseconds, 0, 0); }

uint64_t microseconds_now(void) { return (uint64_t)call(CALL_TIME, 0, 0, 0); }
