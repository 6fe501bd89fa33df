// Zero-filled memory that costs the host nothing until it is touched. The one thing inside the wall that needs the
// operating system: what it hands out is always all zero, so nothing of the host can be seen through it.
#pragma once
#include <stddef.h>

/// `size` zero bytes, page-aligned, or NULL when the host has no room. Returned with `pages_release`.
void *_Nullable pages_zeroed(size_t size);

/// Gives back what `pages_zeroed(size)` returned.
void pages_release(void *_Nonnull base, size_t size);

/// Makes `size` bytes at `base` zero again and hands their memory back to the host. Both are multiples of 4096.
void pages_clear(void *_Nonnull base, size_t size);
