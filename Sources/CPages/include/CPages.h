// Zero-filled memory that costs the host nothing until it is touched. The one thing inside the wall that needs the
// operating system: what it hands out is always all zero, so nothing of the host can be seen through it.
#pragma once
#include <stddef.h>
#include <stdint.h>

/// `size` zero bytes, page-aligned, or NULL when the host has no room. Returned with `pages_release`.
void *_Nullable pages_zeroed(size_t size);

/// Gives back what `pages_zeroed(size)` returned.
void pages_release(void *_Nonnull base, size_t size);

/// Makes `size` bytes at `base` zero again and hands their memory back to the host. Both are multiples of 4096.
void pages_clear(void *_Nonnull base, size_t size);

/// Memory for generated code, seen at two addresses: what is written at `writable` can be executed at `executable`, and
/// no address is both (W^X). Both are NULL when the host has no such memory, or refuses it.
typedef struct {
  void *_Nullable writable;
  void *_Nullable executable;
} code_pages;

/// `size` zero bytes, a multiple of 4096. Returned with `code_pages_release`.
code_pages code_pages_make(size_t size);

/// Gives back what `code_pages_make(size)` returned.
void code_pages_release(code_pages pages, size_t size);

/// To be called when code has been written where there was other code before, and before it is executed.
void code_pages_renewed(code_pages pages, size_t size);

/// What an x86-64 host can do beyond the base instruction set; bits of `host_feature_…`. 0 on other hosts. It decides
/// which instructions are generated, never what they compute.
uint32_t host_features(void);

#define host_feature_lzcnt 1u
#define host_feature_bmi1 2u
#define host_feature_bmi2 4u
#define host_feature_popcnt 8u
#define host_feature_fma 16u
