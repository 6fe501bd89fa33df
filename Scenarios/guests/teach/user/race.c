// The command `race`: watches somebody type, and checks afterwards that every key was counted.
// The bug it shows is not here but in kernel/keys.c.
#include "user.h"

enum { ROWS = 8, COLUMNS = 64, SMOOTHING = 8, LONGEST_SECONDS = 30 };

// The rhythm as a picture: the higher the bar, the more often this pause between two keys.
static char screen[ROWS][COLUMNS + 1];

// Each bar becomes the mean of its neighbours, so that the picture shows hills and not single keys.
static void smooth(const struct key_rhythm *rhythm, int smoothed[RHYTHM_BARS]) {
    for (int bar = 0; bar < RHYTHM_BARS; bar++) {
        int sum = 0;
        for (int i = bar - SMOOTHING / 2; i < bar + SMOOTHING / 2; i++) {
            sum += i >= 0 && i < RHYTHM_BARS ? rhythm->height[i] : 0;
        }
        smoothed[bar] = sum / SMOOTHING;
    }
}

static void draw(const struct key_rhythm *rhythm) {
    int smoothed[RHYTHM_BARS];
    smooth(rhythm, smoothed);
    int tallest = 1;
    for (int bar = 0; bar < RHYTHM_BARS; bar++) {
        tallest = smoothed[bar] > tallest ? smoothed[bar] : tallest;
    }
    for (int row = 0; row < ROWS; row++) {
        for (int column = 0; column < COLUMNS; column++) {
            int height = smoothed[column * (RHYTHM_BARS / COLUMNS)] * ROWS;
            bool inside = height > (ROWS - 1 - row) * tallest;
            screen[row][column] = inside ? '#' : row == ROWS - 1 ? '_' : ' ';
        }
        screen[row][COLUMNS] = '\0';
    }
}

static void show(void) {
    for (int row = 0; row < ROWS; row++) {
        print("  %s\n", screen[row]);
    }
    print("  0%22s%34s%4d ms\n", "", "pause between keys", RHYTHM_BARS * RHYTHM_BAR_MILLISECONDS);
}

void command_race(void) {
    print("race: type some keys, end with enter\n");
    struct key_counts before, after;
    call(CALL_KEY_COUNTS, (uint64_t)&before, 0, 0);
    uint64_t start = microseconds_now();

    bool done = false;
    while (!done && microseconds_now() - start < LONGEST_SECONDS * 1000000UL) {
        struct key_rhythm rhythm;
        call(CALL_KEY_RHYTHM, (uint64_t)&rhythm, 0, 0);
        draw(&rhythm);
        char key;
        while (!done && read_keys(&key, 1, false) == 1) {
            done = key == '\r' || key == '\n';
            print("%c", done ? '\n' : key >= ' ' && key < 127 ? key : '.');
        }
    }
    if (!done) {
        print("\nrace: time is up\n");
    }

    call(CALL_KEY_COUNTS, (uint64_t)&after, 0, 0);
    show();
    uint64_t expected = after.received - before.received;
    uint64_t got = after.handled - before.handled;
    if (got == expected) {
        print("race: ok %lu\n", got);
    } else {
        print("race: LOST UPDATE expected %lu got %lu\n", expected, got);
    }
}
