// Text from a format and values: the part of printf that the kernel and the processes share.
#pragma once

#include "types.h"

typedef __builtin_va_list va_list;
#define va_start(list, last) __builtin_va_start(list, last)
#define va_arg(list, type) __builtin_va_arg(list, type)
#define va_end(list) __builtin_va_end(list)

// Writes `template` with its values into `text` (`size` bytes at most, a zero byte at the end included) and returns the
// length. Knows %c %s %d %u %x %% with an optional width, a leading 0 for zero padding, and `l` for 64 bits.
size_t format(char *text, size_t size, const char *template, va_list values);
