// What programs can use.
#pragma once

#include "../lib/calls.h"
#include "../lib/types.h"

int64_t call(enum call number, uint64_t first, uint64_t second, uint64_t third);

// library.c
[[gnu::format(printf, 1, 2)]] void print(const char *template, ...);
uint64_t read_keys(char *keys, uint64_t size, bool wait);
void sleep_milliseconds(uint64_t milliseconds);
uint64_t microseconds_now(void);

static inline struct shared_page *shared(void) { return (struct shared_page *)SHARED_PAGE; }

// line.c
void read_line(const char *prompt, char *line, uint64_t size);

// race.c
void command_race(void);
