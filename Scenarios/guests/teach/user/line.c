// Reading a line, with what people expect while they type it: backspace, left and right, Ctrl-U to begin anew.
#include "user.h"
#include "../lib/memory.h"

enum { CONTROL_C = 3, BACKSPACE = 8, CONTROL_U = 21, ESCAPE = 27, DELETE = 127 };

struct editor {
    char *line;
    uint64_t size;    // of `line`, a zero byte at the end included
    uint64_t length;  // typed so far
    uint64_t cursor;  // where the next character goes; 0 … length
};

static char next_key(void) {
    char key = 0;
    while (read_keys(&key, 1, true) == 0) {
    }
    return key;
}

static void move_left(uint64_t count) {
    if (count > 0) {
        print("\033[%luD", count);
    }
}

// Writes the line anew from the cursor on, wipes out `gone` characters behind its end, and moves the cursor back.
static void show_rest(const struct editor *editor, uint64_t gone) {
    print("%s", editor->line + editor->cursor);
    for (uint64_t i = 0; i < gone; i++) {
        print(" ");
    }
    move_left(editor->length - editor->cursor + gone);
}

static void insert(struct editor *editor, char c) {
    if (editor->length + 1 >= editor->size) {
        print("\a");  // no room: ring the bell
        return;
    }
    for (uint64_t i = ++editor->length; i > editor->cursor; i--) {
        editor->line[i] = editor->line[i - 1];
    }
    editor->line[editor->cursor++] = c;
    print("%c", c);
    if (editor->cursor < editor->length) {
        show_rest(editor, 0);
    }
}

static void remove_left(struct editor *editor) {
    if (editor->cursor == 0) {
        return;
    }
    for (uint64_t i = editor->cursor--; i <= editor->length; i++) {
        editor->line[i - 1] = editor->line[i];
    }
    editor->length--;
    print("\b");
    show_rest(editor, 1);
}

static void remove_all(struct editor *editor) {
    uint64_t gone = editor->length;
    move_left(editor->cursor);
    editor->cursor = editor->length = 0;
    editor->line[0] = '\0';
    show_rest(editor, gone);
}

// Terminals send the arrow keys as ESC [ and a letter.
static void escape(struct editor *editor) {
    if (next_key() != '[') {
        return;
    }
    char key = next_key();
    if (key == 'D' && editor->cursor > 0) {
        editor->cursor--;
        print("\b");
    } else if (key == 'C' && editor->cursor < editor->length) {
        print("%c", editor->line[editor->cursor++]);
    }
}

void read_line(const char *prompt, char *line, uint64_t size) {
    struct editor editor = {line, size, 0, 0};
    line[0] = '\0';
    print("%s", prompt);
    for (;;) {
        char key = next_key();
        if (key == '\r' || key == '\n') {
            print("\n");
            return;
        } else if (key == CONTROL_C) {
            line[0] = '\0';
            print("^C\n");
            return;
        } else if (key == BACKSPACE || key == DELETE) {
            remove_left(&editor);
        } else if (key == CONTROL_U) {
            remove_all(&editor);
        } else if (key == ESCAPE) {
            escape(&editor);
        } else if (key >= ' ') {
            insert(&editor, key);
        }
    }
}
