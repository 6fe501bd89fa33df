// The integer types and constants everything here uses. The toolchain's own headers are not read (-nostdinc), so that
// the debug information names no folder of the machine that built the kernel.
#pragma once

typedef unsigned char uint8_t;
typedef unsigned short uint16_t;
typedef unsigned int uint32_t;
typedef unsigned long uint64_t;
typedef long int64_t;
typedef uint64_t size_t;

// C23 has `bool` built in; NULL it still leaves to a header.
#define NULL ((void *)0)
