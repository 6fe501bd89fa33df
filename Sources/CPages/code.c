#define _GNU_SOURCE
#include "CPages.h"
#include <sys/mman.h>

#if defined(__linux__) && defined(__x86_64__)
#include <cpuid.h>
#include <unistd.h>

code_pages code_pages_make(size_t size) {
  code_pages none = {NULL, NULL}, pages;
  int file = memfd_create("code", MFD_CLOEXEC);
  if (file < 0) return none;
  if (ftruncate(file, (off_t)size) != 0) {
    close(file);
    return none;
  }
  pages.writable = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  pages.executable = mmap(NULL, size, PROT_READ | PROT_EXEC, MAP_SHARED, file, 0);
  close(file);
  if (pages.writable != MAP_FAILED && pages.executable != MAP_FAILED) return pages;
  if (pages.writable != MAP_FAILED) munmap(pages.writable, size);
  if (pages.executable != MAP_FAILED) munmap(pages.executable, size);
  return none;
}

void code_pages_renewed(code_pages pages, size_t size) {
  // Code was written at another address than it is executed at, which the processor need not notice by itself: a
  // serializing instruction makes it look again.
  unsigned a, b, c, d;
  __cpuid(0, a, b, c, d);
  (void)pages, (void)size, (void)a, (void)b, (void)c, (void)d;
}

// Whether the system saves the registers of AVX, without which FMA cannot be used.
static int has_avx_state(void) {
  uint32_t low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (low & 6) == 6;
}

uint32_t host_features(void) {
  unsigned a, b, c, d;
  uint32_t features = 0;
  if (__get_cpuid(1, &a, &b, &c, &d)) {
    if (c & bit_POPCNT) features |= host_feature_popcnt;
    if ((c & bit_OSXSAVE) && (c & bit_AVX) && (c & bit_FMA) && has_avx_state()) features |= host_feature_fma;
  }
  if (__get_cpuid_count(7, 0, &a, &b, &c, &d)) {
    if (b & bit_BMI) features |= host_feature_bmi1;
    if (b & bit_BMI2) features |= host_feature_bmi2;
  }
  if (__get_cpuid(0x80000001, &a, &b, &c, &d) && (c & bit_LZCNT)) features |= host_feature_lzcnt;
  return features;
}

#else

code_pages code_pages_make(size_t size) {
  code_pages none = {NULL, NULL};
  (void)size;
  return none;
}
void code_pages_renewed(code_pages pages, size_t size) { (void)pages, (void)size; }
uint32_t host_features(void) { return 0; }

#endif

void code_pages_release(code_pages pages, size_t size) {
  if (pages.writable) munmap(pages.writable, size);
  if (pages.executable) munmap(pages.executable, size);
}
