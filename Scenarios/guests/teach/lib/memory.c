// Copying and filling memory. The compiler may call memcpy and memset on its own, so they keep their C names.
#include "memory.h"

void *memcpy(void *to, const void *from, size_t length) {
    // Eight bytes at a time as long as both sides are aligned for it.
    if ((((uint64_t)to | (uint64_t)from) & 7) == 0) {
        uint64_t *to_word = to;
        const uint64_t *from_word = from;
        for (; length >= 8; length -= 8) {
            *to_word++ = *from_word++;
        }
        uint8_t *to_byte = (uint8_t *)to_word;
        const uint8_t *from_byte = (const uint8_t *)from_word;
        while (length-- > 0) {
            *to_byte++ = *from_byte++;
        }
        return to;
    }
    for (size_t i = 0; i < length; i++) {
        ((uint8_t *)to)[i] = ((const uint8_t *)from)[i];
    }
    return to;
}

void *memset(void *at, int byte, size_t length) {
    for (size_t i = 0; i < length; i++) {
        ((uint8_t *)at)[i] = (uint8_t)byte;
    }
    return at;
}

bool equal(const char *one, const char *other) {
    while (*one != '\0' && *one == *other) {
        one++;
        other++;
    }
    return *one == *other;
}

size_t length_of(const char *text) {
    size_t length = 0;
    while (text[length] != '\0') {
        length++;
    }
    return length;
}
