// Double precision with fused multiply-adds: products of 128 by 128 matrices, each made from the one before, with a
// division and a comparison a row to keep the values in range.
#include "runtime.h"

enum { SIZE = 128, ROUNDS = 160 };
const char kernel_name[] = "matmul";

static double left[SIZE][SIZE];
static double right[SIZE][SIZE];
static double product[SIZE][SIZE];

static void fill(void) {
  uint64_t random = 0x853c49e6748fea9b;
  for (int row = 0; row < SIZE; row++) {
    for (int column = 0; column < SIZE; column++) {
      left[row][column] = (double)(int64_t)(next_random(&random) >> 40) * 0x1p-24 - 0.5;
      right[row][column] = (double)(int64_t)(next_random(&random) >> 40) * 0x1p-24 - 0.5;
    }
  }
}

static void multiply(void) {
  for (int row = 0; row < SIZE; row++) {
    for (int column = 0; column < SIZE; column++) product[row][column] = 0;
    for (int inner = 0; inner < SIZE; inner++) {
      double factor = left[row][inner];
      for (int column = 0; column < SIZE; column++) product[row][column] += factor * right[inner][column];
    }
  }
}

// The product takes the left side's place, each row divided by its largest element.
static void normalise(void) {
  for (int row = 0; row < SIZE; row++) {
    double largest = 0x1p-60;
    for (int column = 0; column < SIZE; column++) {
      double size = product[row][column] < 0 ? -product[row][column] : product[row][column];
      if (size > largest) largest = size;
    }
    for (int column = 0; column < SIZE; column++) left[row][column] = product[row][column] / largest;
  }
}

static uint64_t bits(double number) {
  union {
    double number;
    uint64_t bits;
  } both = {.number = number};
  return both.bits;
}

uint64_t kernel(void) {
  fill();
  for (int round = 0; round < ROUNDS; round++) {
    multiply();
    normalise();
  }
  uint64_t sum = 0;
  for (int row = 0; row < SIZE; row++) {
    for (int column = 0; column < SIZE; column++) sum = mix(sum, bits(left[row][column]));
  }
  return sum;
}
