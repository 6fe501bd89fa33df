# Breakpoints and watchpoints, both ways. What gdb finds backwards must be what a plain pass forwards found.
from common import *


def stepping(shown):
    return step()


def change(shown):
    """The step, and the values that gdb shows."""
    old = re.search(r"Old value = (\S+)", shown)
    new = re.search(r"New value = (\S+)", shown)
    value = re.search(r"\nValue = (\S+)", shown)
    if old:
        return (step(), int(old.group(1)), int(new.group(1)))
    return (step(), int(value.group(1))) if value else (step(), shown)


def both_ways(what, command):
    """Goes through the hits of the stop point that `command` sets, forwards, then backwards."""
    seek("start")
    gdb.execute(command, to_string=True)
    forwards = passes("continue", stepping)
    check(what + ": ends where the trace ends", step(), END)
    backwards = passes("reverse-continue", stepping)
    check(what + ": the same hits backwards", backwards[::-1], forwards)
    check(what + ": backwards ends at the start", step(), 0)
    gdb.execute("delete")
    return forwards


END = int(re.search(r"to @(\d+)", monitor("step")).group(1))

hits = both_ways("break", "break keys_note")
check("break: a hit for each key", len(hits), 50)
check("hbreak: the same hits", both_ways("hbreak", "hbreak keys_note"), hits)
tenth = both_ways("conditional break", "break keys_note if statistics.handled == 10")
check("conditional break: the hit of a plain pass", tenth, [hits[10]])

# A breakpoint in a process's own memory, whose address is only there while the process runs.
check("break in a process", len(both_ways("break in a process", "break command_spin")), 1)

seek("start")
gdb.execute("tbreak keys_note", to_string=True)
run("continue")
check("tbreak: the first hit", step(), hits[0])
has("tbreak: only once", run("continue"), NO_MORE)
gdb.execute("tbreak keys_note", to_string=True)
run("reverse-continue")
check("tbreak backwards: the last hit", step(), hits[-1])
has("tbreak backwards: only once", run("reverse-continue"), NO_MORE)

# From a hit on and back: a breakpoint at the present place is passed, both ways.
gdb.execute("break keys_note", to_string=True)
seek("@%d" % hits[20])
run("continue")
check("continue from a breakpoint", step(), hits[21])
run("reverse-continue")
check("reverse-continue from a breakpoint", step(), hits[20])
run("reverse-continue")
check("reverse-continue once more", step(), hits[19])
gdb.execute("delete")

# Watchpoints. Forwards gdb stands behind the instruction, backwards before it.
seek("start")
gdb.execute("watch statistics.handled", to_string=True)
writes = passes("continue", change)
check("watch: counts up", [write[1:] for write in writes], [(n, n + 1) for n in range(len(writes))])
check("watch: as often as keys were noted", len(writes), len(hits))
undone = passes("reverse-continue", change)
check("reverse watch: counts down", [write[1:] for write in undone], [(new, old) for _, old, new in writes[::-1]])


def instruction_behind(position):
    """The step behind the one instruction at `position`."""
    seek("@%d" % position)
    run("stepi")
    return step()


gdb.execute("disable")
check(
    "reverse watch: before the instructions that forwards it stood behind",
    [instruction_behind(write[0]) for write in undone[::10]], [write[0] for write in writes[::-1][::10]])
gdb.execute("delete")

seek("start")
gdb.execute("awatch statistics.handled", to_string=True)
accesses = passes("continue", lambda shown: (step(), "Old value" in shown), limit=400)
back = passes("reverse-continue", lambda shown: (step(), "Old value" in shown), limit=400)
check("awatch: as often backwards", len(back), len(accesses))
check("awatch: the same kinds", [kind for _, kind in back[::-1]], [kind for _, kind in accesses])
check("awatch: the writes of watch", [at for at, kind in accesses if kind], [write[0] for write in writes])
check("awatch: before the instructions", [at + 1 for at, _ in back[::-1]][::7], [at for at, _ in accesses][::7])
gdb.execute("delete")

seek("start")
gdb.execute("rwatch statistics.handled", to_string=True)
reads = passes("continue", stepping, limit=400)
# The first access clears what is zero already: a write, though gdb sees no change.
check("rwatch: the accesses that are no writes", reads, [at for at, kind in accesses if not kind][1:])
back = passes("reverse-continue", stepping, limit=400)
check("rwatch: the same backwards", [at + 1 for at in back[::-1]], reads)
gdb.execute("delete")

# The answers of `monitor why` are those of the watchpoint.
seek("end")
has("why: the last write", monitor("why 0x%x" % number("&statistics.handled")),
    r"is 0x%x, written at @%d, [^;]*; before that it was 0x%x" % (len(writes), undone[0][0], len(writes) - 1))
check("why: stays", step(), END)

finish()
