#include "CPages.h"
#include <sys/mman.h>

#ifndef MAP_NORESERVE
#define MAP_NORESERVE 0
#endif

void *pages_zeroed(size_t size) {
  void *base = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (base == MAP_FAILED) return NULL;
#ifdef MADV_HUGEPAGE
  // Guests walk over all of their RAM; with large pages the host's own address translation keeps up.
  if (size >= (16u << 20)) madvise(base, size, MADV_HUGEPAGE);
#endif
  return base;
}

void pages_release(void *base, size_t size) { munmap(base, size); }

void pages_clear(void *base, size_t size) {
  mmap(base, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
}
