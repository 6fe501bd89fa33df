// The kernel's own messages.
#include "kernel.h"
#include "../lib/format.h"

void print(const char *template, ...) {
    char text[256];
    va_list values;
    va_start(values, template);
    uart_write_now(text, format(text, sizeof text, template, values));
    va_end(values);
}
