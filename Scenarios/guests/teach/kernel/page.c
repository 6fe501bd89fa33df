// Physical memory in pages of 4 KiB: a list of the free ones, linked through the pages themselves.
// Called with interrupts off, or before there are any.
#include "board.h"
#include "kernel.h"
#include "../lib/memory.h"

extern uint8_t kernel_end[];  // teach.ld; on a page boundary

struct free_page {
    struct free_page *next;
};
static struct free_page *first_free;
static uint64_t free_count;

// All pages behind the kernel are free, the lowest first in the list.
void page_init(void) {
    uint64_t end = (uint64_t)RAM_BASE + RAM_SIZE;
    for (uint64_t page = end - PAGE_SIZE; page >= (uint64_t)kernel_end; page -= PAGE_SIZE) {
        page_give_back((void *)page);
    }
}

void *page_take(void) {
    struct free_page *page = first_free;
    if (page == NULL) {
        panic(NULL, "out of memory");
    }
    first_free = page->next;
    free_count--;
    return memset(page, 0, PAGE_SIZE);
}

void page_give_back(void *at) {
    struct free_page *page = at;
    page->next = first_free;
    first_free = page;
    free_count++;
}

uint64_t page_count_free(void) { return free_count; }
