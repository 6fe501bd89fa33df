// A mix of integer work as programs have it: sort an array, keep a hash table, sieve primes, read numbers out of text,
// step a bit-reflected CRC-32, and raise to powers modulo a prime.
#include "runtime.h"

enum { ROUNDS = 800, COUNT = 4096, TABLE = 8192, SIEVE = 65536 };
const char kernel_name[] = "integers";

static uint64_t random = 0xd1b54a32d192ed03;
static int32_t values[COUNT];
static uint32_t keys[TABLE];    // 0 marks a free place
static uint32_t counts[TABLE];
static uint64_t composite[SIEVE / 64];
static uint32_t crc_table[256];

static void sort(int32_t *first, int32_t *last) {
  while (last - first > 12) {
    int32_t pivot = first[(last - first) / 2];
    int32_t *low = first;
    int32_t *high = last;
    while (low <= high) {
      while (*low < pivot) low++;
      while (*high > pivot) high--;
      if (low <= high) {
        int32_t held = *low;
        *low++ = *high;
        *high-- = held;
      }
    }
    sort(first, high);
    first = low;
  }
  for (int32_t *next = first + 1; next <= last; next++) {
    int32_t held = *next;
    int32_t *place = next;
    for (; place > first && place[-1] > held; place--) *place = place[-1];
    *place = held;
  }
}

static uint64_t sort_numbers(void) {
  for (int at = 0; at < COUNT; at++) values[at] = (int32_t)next_random(&random);
  sort(values, values + COUNT - 1);
  uint64_t sum = 0;
  for (int at = 0; at < COUNT; at += 64) sum = mix(sum, (uint64_t)(int64_t)values[at]);
  return sum;
}

static uint64_t count_keys(void) {
  uint64_t probes = 0;
  for (int at = 0; at < TABLE; at++) keys[at] = counts[at] = 0;
  for (int at = 0; at < COUNT; at++) {
    uint32_t key = 1 + (uint32_t)(next_random(&random) % 5000);
    uint32_t place = key * 2654435769u >> 19;
    while (keys[place] != 0 && keys[place] != key) {
      place = (place + 1) % TABLE;
      probes++;
    }
    keys[place] = key;
    probes += counts[place]++;
  }
  return probes;
}

static uint64_t sieve(void) {
  for (int at = 0; at < SIEVE / 64; at++) composite[at] = 0;
  uint64_t primes = 0;
  for (uint64_t number = 2; number < SIEVE; number++) {
    if (composite[number / 64] >> number % 64 & 1) continue;
    primes++;
    for (uint64_t multiple = number * number; multiple < SIEVE; multiple += number)
      composite[multiple / 64] |= 1ull << multiple % 64;
  }
  return primes;
}

// Signed decimal and hexadecimal numbers between commas; anything else is skipped up to the next comma.
static uint64_t read_numbers(const char *text) {
  enum { START, ZERO, DECIMAL, HEXADECIMAL, SKIP } state = START;
  uint64_t sum = 0;
  uint64_t number = 0;
  int negative = 0;
  for (;; text++) {
    char character = *text;
    int digit = character >= '0' && character <= '9'   ? character - '0'
                : character >= 'a' && character <= 'f' ? character - 'a' + 10
                                                       : 16;
    if (character == ',' || character == 0) {
      if (state != SKIP) sum = mix(sum, negative ? -number : number);
      if (character == 0) return sum;
      state = START;
      number = 0;
      negative = 0;
      continue;
    }
    switch (state) {
      case START:
        if (character == '-') negative = 1;
        else if (digit < 10) number = (uint64_t)digit, state = digit == 0 ? ZERO : DECIMAL;
        else state = SKIP;
        break;
      case ZERO:
        state = character == 'x' ? HEXADECIMAL : SKIP;
        break;
      case DECIMAL:
        if (digit < 10) number = number * 10 + (uint64_t)digit;
        else state = SKIP;
        break;
      case HEXADECIMAL:
        if (digit < 16) number = number << 4 | (uint64_t)digit;
        else state = SKIP;
        break;
      case SKIP:
        break;
    }
  }
}

static void make_crc_table(void) {
  for (uint32_t byte = 0; byte < 256; byte++) {
    uint32_t remainder = byte;
    for (int bit = 0; bit < 8; bit++) remainder = remainder >> 1 ^ (remainder & 1 ? 0xedb88320u : 0);
    crc_table[byte] = remainder;
  }
}

static uint64_t crc_of_values(void) {
  uint32_t crc = ~0u;
  for (int at = 0; at < COUNT; at++) {
    uint32_t value = (uint32_t)values[at];
    for (int byte = 0; byte < 4; byte++, value >>= 8) crc = crc >> 8 ^ crc_table[(crc ^ value) & 0xff];
  }
  return ~crc;
}

static uint64_t power(uint64_t base, uint64_t exponent) {
  const uint64_t prime = 4294967291;
  uint64_t result = 1;
  for (base %= prime; exponent != 0; exponent >>= 1) {
    if (exponent & 1) result = result * base % prime;
    base = base * base % prime;
  }
  return result;
}

uint64_t kernel(void) {
  static const char text[] = "0,17,-230,0x1f,0xdeadbeef,twelve,99999,-0x80,4e4,1234567890123,,-1,0xcafe,0x,12-3,77";
  make_crc_table();
  uint64_t sum = 0;
  for (int round = 0; round < ROUNDS; round++) {
    sum = mix(sum, sort_numbers());
    sum = mix(sum, count_keys());
    sum = mix(sum, sieve());
    for (int again = 0; again < 200; again++) sum = mix(sum, read_numbers(text));
    sum = mix(sum, crc_of_values());
    for (int again = 0; again < 500; again++) sum = mix(sum, power(next_random(&random), next_random(&random)));
  }
  return sum;
}
