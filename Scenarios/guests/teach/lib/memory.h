// Copying and filling memory.
#pragma once

#include "types.h"

void *memcpy(void *to, const void *from, size_t length);
void *memset(void *at, int byte, size_t length);
bool equal(const char *one, const char *other);
size_t length_of(const char *text);
