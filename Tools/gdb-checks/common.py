# What the checks of a real gdb session share. Runs inside gdb, whose Python it uses: see Tools/gdb-session.
import os
import re
import tempfile

import gdb

failures = []
log = os.path.join(tempfile.mkdtemp(prefix="gdb-session-"), "log")


def run(command):
    """Does `command` and returns what gdb shows.

    What gdb says of a stop passes by everything that gdb itself offers for catching its output, so the streams of the
    process are exchanged."""
    gdb.flush()
    kept = [os.dup(1), os.dup(2)]
    file = os.open(log, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
    os.dup2(file, 1)
    os.dup2(file, 2)
    shown = ""
    try:
        gdb.execute(command)
    except gdb.error as error:
        shown = "error: %s\n" % error
    finally:
        gdb.flush()
        for stream, copy in zip((1, 2), kept):
            os.dup2(copy, stream)
            os.close(copy)
    with os.fdopen(file) as text:
        text.seek(0)
        return text.read() + shown


def check(what, got, wanted):
    """Notes a failure unless `got` is `wanted`."""
    if got == wanted:
        print("ok    %s" % what)
        return
    failures.append(what)
    print("FAIL  %s\n      got:    %r\n      wanted: %r" % (what, got, wanted))


def has(what, text, pattern):
    """Notes a failure unless `pattern` is found in `text`."""
    check(what, text if re.search(pattern, text) else "no " + pattern + " in: " + text, text)


def number(text):
    """The number that the expression `text` is worth."""
    return int(gdb.parse_and_eval(text)) & (1 << 64) - 1


def monitor(command):
    return gdb.execute("monitor " + command, to_string=True)


def step():
    """The step at which the run stands."""
    return int(re.match(r"@(\d+) of", monitor("step")).group(1))


def seek(position):
    """Goes to `position`, and has gdb look again."""
    shown = monitor("seek " + str(position))
    gdb.execute("maintenance flush register-cache", to_string=True)
    return shown


def line():
    """The function and the line of source at which the run stands."""
    place = gdb.selected_frame().find_sal()
    return (gdb.selected_frame().name(), place.line if place.symtab else 0)


def registers():
    return tuple(number("$" + name) for name in GENERAL)


GENERAL = [
    "pc", "ra", "sp", "gp", "tp", "t0", "t1", "t2", "fp", "s1", "a0", "a1", "a2", "a3", "a4", "a5", "a6", "a7",
    "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6",
]
NO_MORE = "No more reverse-execution history"


def passes(command, note, limit=200):
    """Does `command` until the run has no more, and returns what `note` makes of each stop."""
    notes = []
    for _ in range(limit):
        shown = run(command)
        if NO_MORE in shown:
            return notes
        notes.append(note(shown))
    return notes


def finish():
    """Ends gdb, with what the checks found as its status."""
    print("%d failed" % len(failures) if failures else "all as it should be")
    gdb.execute("set confirm off")
    gdb.execute("quit %d" % (1 if failures else 0))
