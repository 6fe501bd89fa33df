// Loops over bytes: text is folded to lower case, copied, compared, searched, counted and summed up (Adler-32).
#include "runtime.h"

enum { LENGTH = 65536, ROUNDS = 700, LETTERS = 256 };
const char kernel_name[] = "bytes";

static uint8_t text[LENGTH];
static uint8_t folded[LENGTH];
static uint32_t frequency[LETTERS];

static void write_text(void) {
  static const char syllables[] = "Lo rem ip SUM dol or, sit A met; Ne mo EN im ip sam vo lup ta tem. ";
  uint64_t random = 0x9e3779b97f4a7c15;
  uint32_t from = 0;
  for (uint32_t at = 0; at < LENGTH; at++) {
    if (syllables[from] == ' ') from = (uint32_t)(next_random(&random) % (sizeof syllables - 2));
    text[at] = (uint8_t)syllables[from];
    from = (from + 1) % (sizeof syllables - 1);
  }
}

static void fold(void) {
  for (uint32_t at = 0; at < LENGTH; at++) {
    uint8_t letter = text[at];
    folded[at] = letter >= 'A' && letter <= 'Z' ? (uint8_t)(letter - 'A' + 'a') : letter;
  }
}

static uint32_t count_equal(void) {
  uint32_t equal = 0;
  for (uint32_t at = 0; at < LENGTH; at++) equal += text[at] == folded[at];
  return equal;
}

static uint32_t count_occurrences(const char *word) {
  uint32_t found = 0;
  for (uint32_t at = 0; at < LENGTH; at++) {
    uint32_t length = 0;
    while (word[length] && at + length < LENGTH && folded[at + length] == (uint8_t)word[length]) length++;
    found += word[length] == 0;
  }
  return found;
}

static void count_letters(void) {
  for (uint32_t at = 0; at < LENGTH; at++) frequency[folded[at]]++;
}

static uint32_t adler(void) {
  uint32_t low = 1;
  uint32_t high = 0;
  for (uint32_t at = 0; at < LENGTH; at++) {
    low += folded[at];
    high += low;
    if (at % 2048 == 2047) {  // before 32 bits overflow
      low %= 65521;
      high %= 65521;
    }
  }
  return high << 16 | low;
}

uint64_t kernel(void) {
  write_text();
  uint64_t sum = 0;
  for (uint32_t round = 0; round < ROUNDS; round++) {
    text[round * 769 % LENGTH] ^= 0x20;
    fold();
    sum = mix(sum, count_equal());
    sum = mix(sum, count_occurrences("ip sum"));
    count_letters();
    sum = mix(sum, adler());
  }
  for (uint32_t letter = 0; letter < LETTERS; letter++) sum = mix(sum, frequency[letter]);
  return sum;
}
