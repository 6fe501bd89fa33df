// Text from a format and values.
#include "format.h"

// Where the text goes, and how much of it there is.
struct sink {
    char *text;
    size_t size;
    size_t length;
};

static void put(struct sink *sink, char c) {
    if (sink->length + 1 < sink->size) {
        sink->text[sink->length++] = c;
    }
}

// Puts a number, right-aligned to `width` with `pad`.
static void put_number(struct sink *sink, uint64_t value, unsigned base, bool negative, int width, char pad) {
    char digits[24];
    int count = 0;
    do {
        digits[count++] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value != 0);
    if (negative) {
        digits[count++] = '-';
    }
    for (int i = count; i < width; i++) {
        put(sink, pad);
    }
    while (count > 0) {
        put(sink, digits[--count]);
    }
}

static void put_text(struct sink *sink, const char *text, int width) {
    for (; *text != '\0'; text++, width--) {
        put(sink, *text);
    }
    for (; width > 0; width--) {
        put(sink, ' ');
    }
}

size_t format(char *text, size_t size, const char *template, va_list values) {
    struct sink sink = {text, size, 0};
    for (; *template != '\0'; template++) {
        if (*template != '%') {
            put(&sink, *template);
            continue;
        }
        template++;
        char pad = *template == '0' ? '0' : ' ';
        int width = 0;
        for (; *template >= '0' && *template <= '9'; template++) {
            width = width * 10 + (*template - '0');
        }
        bool is_long = *template == 'l';
        if (is_long) {
            template++;
        }
        switch (*template) {
        case 'c':
            put(&sink, (char)va_arg(values, int));
            break;
        case 's':
            put_text(&sink, va_arg(values, const char *), width);
            break;
        case 'd': {
            int64_t value = is_long ? va_arg(values, int64_t) : va_arg(values, int);
            uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
            put_number(&sink, magnitude, 10, value < 0, width, pad);
            break;
        }
        case 'u':
        case 'x': {
            uint64_t value = is_long ? va_arg(values, uint64_t) : va_arg(values, uint32_t);
            put_number(&sink, value, *template == 'x' ? 16 : 10, false, width, pad);
            break;
        }
        case '\0':  // the format ends in the middle of a %
            template--;
            break;
        default:
            put(&sink, *template);
        }
    }
    text[sink.length] = '\0';
    return sink.length;
}
