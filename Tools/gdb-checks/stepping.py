# Steps by instruction and by line of source, and what each form does backwards.
from common import *


def place():
    return (step(),) + line()


def without_repeats(places):
    """The lines of `places`: gdb stops more often on one line backwards, where the line's code is in several pieces."""
    lines = [at[1:] for at in places]
    return [at for number, at in enumerate(lines) if number == 0 or lines[number - 1] != at]


def lines_both_ways(what, position, command, count):
    """Does `command` `count` times from `position` on, and its reverse until that is passed: through the same lines."""
    seek(position)
    start = step()
    forwards = []
    for _ in range(count):
        run(command)
        forwards.append(place())
    backwards = [place()]
    for _ in range(count * 4):
        run("reverse-" + command)
        if step() <= start:
            break
        backwards.append(place())
    check("%s and reverse-%s, %s" % (command, command, what), without_repeats(backwards[::-1]),
          without_repeats(forwards))
    check("reverse-%s, %s: places at which lines begin" % (command, what), starts_of_lines(backwards), True)


def starts_of_lines(places):
    """Whether each of `places` is the first address of a piece of a line's code."""
    for at in places:
        seek("@%d" % at[0])
        address = number("$pc")
        if gdb.find_pc_line(address).pc != address:
            return at
    return True


def stop_at(location, command="continue"):
    """The step at which `command` arrives at `location`."""
    gdb.execute("tbreak " + location, to_string=True)
    run(command)
    return step()


UPTIME = stop_at("command_uptime")
SPIN = stop_at("command_spin")
KEY = stop_at("keys_note", "reverse-continue")

# Instructions: every register is what it was. Two system calls are passed over.
seek("@%d" % UPTIME)
forwards = []
for _ in range(300):
    forwards.append((step(),) + registers())
    run("stepi")
backwards = []
for _ in range(300):
    run("reverse-stepi")
    backwards.append((step(),) + registers())
check("stepi and reverse-stepi: all registers", backwards[::-1], forwards)
check("stepi: system calls are passed over",
      len([1 for one, next in zip(forwards, forwards[1:]) if next[0] - one[0] > 1]), 2)
seek("@%d" % UPTIME)
run("stepi 200")
check("stepi 200", (step(),) + registers(), forwards[200])
run("reverse-stepi 150")
check("reverse-stepi 150", (step(),) + registers(), forwards[50])
run("nexti 10")
check("nexti 10", step(), forwards[60][0])
run("reverse-nexti 10")
check("reverse-nexti 10", step(), forwards[50][0])

# The system calls, when they are to be seen: each step is one.
monitor("traps show")
seek("@%d" % UPTIME)
for _ in range(60):
    run("stepi")
check("stepi into system calls: one step each", step(), UPTIME + 60)
check("stepi into system calls: in the kernel", number("$priv"), 1)
for _ in range(60):
    run("reverse-stepi")
check("reverse-stepi out of system calls", (step(),) + registers(), forwards[0])
monitor("traps skip")

# Lines, with a system call among them, in an interrupt's handler, in a loop.
seek("@%d" % UPTIME)
run("next")
lines_both_ways("in the shell", "@%d" % step(), "next", 3)
lines_both_ways("in an interrupt", "@%d" % KEY, "next", 6)
lines_both_ways("in an interrupt", "@%d" % KEY, "step", 6)
seek("@%d" % SPIN)
run("advance shell.c:36")
LINES = step()
lines_both_ways("in a loop", "@%d" % LINES, "next", 60)
lines_both_ways("in a loop", "@%d" % LINES, "step", 40)

# Over a function, into it and out of it again, both ways.
seek("@%d" % LINES)
run("next")
check("at a call", line(), ("command_spin", 40))
call = step()
run("step")
check("step goes into the function that is called", line()[0], "microseconds_now")
inside = step()
has("finish says what was returned", run("finish"), "Value returned is .* = 55023\n")
check("finish comes back", line()[0], "command_spin")
run("next")
after = step()
run("reverse-next")
check("reverse-next passes over the function", (line(), step()), (("command_spin", 40), call))
run("next")
check("and next passes over it again", step(), after)
run("reverse-next")
run("step")
check("and step goes into it again", step(), inside)
run("reverse-step")
check("and reverse-step out of it", (line()[0], call <= step() < inside), ("command_spin", True))

# From the middle of a function to its end and to its call.
seek("@%d" % KEY)
function = line()[0]
run("next")
run("next")
middle = step()
run("finish")
caller = line()[0]
check("finish goes to the caller", (caller != function, step() > middle), (True, True))
behind = step()
run("reverse-stepi")
check("reverse-stepi goes into the function from behind", (line()[0], step()), (function, behind - 1))
run("reverse-finish")
check("reverse-finish goes to the caller", (line()[0], step() < KEY), (caller, True))
run("stepi")
check("to the very instruction that calls", line()[0], function)

# `until` and `advance`, and their reverse forms, which are a breakpoint away.
seek("@%d" % SPIN)
run("advance shell.c:43")
check("advance", line(), ("command_spin", 43))
loop = step()
run("until shell.c:45")
check("until ends a loop", line(), ("command_spin", 45))
ended = step()
last = stop_at("shell.c:43", "reverse-continue")
check("backwards into the loop's last round", (line(), loop < last < ended), (("command_spin", 43), True))
for _ in range(9):
    run("reverse-next")
check("and back through its rounds", (line()[0], line()[1] in (42, 43), step() < last), ("command_spin", True, True))

# Interrupts that come between two instructions. Those of the waiting scheduler do not count: it wants them.
found = []
for handler, address in (("trap_entry", "$sepc"), ("machine_trap", "$mepc")):
    seek("start")
    gdb.execute("break *&" + handler, to_string=True)
    cause = address.replace("epc", "cause")
    taken = passes("continue", lambda shown: (step(), number(cause), number(address)), limit=2000)
    gdb.execute("delete")
    for at, code, pc in taken:
        symbol = gdb.execute("info symbol 0x%x" % pc, to_string=True)
        if code >> 63 and not re.match("process_schedule|start in", symbol):
            found.append((handler, at - 1))
check("both kinds of handler interrupted somebody", sorted({handler for handler, _ in found}),
      ["machine_trap", "trap_entry"])

for handler, at in found:
    seek("@%d" % at)
    function = line()[0]
    shown = (handler, function)
    run("stepi")
    passed = step() - at
    check("stepi over an interrupt of %s in %s: it has run" % (handler, function), passed > 10, True)
    after = (step(),) + registers()
    run("stepi 5")
    run("reverse-stepi 5")
    check("back to behind the interrupt of %s" % function, (step(),) + registers(), after)
    run("reverse-stepi 2")
    check("reverse-stepi over the interrupt of %s" % function, step() < at, True)
    run("stepi 2")
    check("and over it again", (step(),) + registers(), after)
    # The handler, for whoever wants to see it: by a breakpoint in it, or by saying so.
    seek("@%d" % at)
    stop_at("*&" + handler, "stepi")
    check("a breakpoint in %s stops a step" % handler, (line()[0], step()), (handler, at + 1))
    gdb.execute("delete")
    monitor("traps show")
    seek("@%d" % at)
    run("stepi")
    check("stepi into %s" % handler, (line()[0], step()), (handler, at + 1))
    run("reverse-stepi")
    check("reverse-stepi out of %s" % handler, (line()[0], step()), (function, at))
    monitor("traps skip")
    # Lines of source around it: none of them is a handler's.
    for command in ("next", "step"):
        seek("@%d" % at)
        seen = []
        for _ in range(6):
            run(command)
            seen.append(line()[0])
        while step() > at:
            run("reverse-" + command)
            seen.append(line()[0])
        check("%s over an interrupt of %s, and back" % (command, function),
              [name for name in seen if re.match("trap_|machine_trap|handle", name or "?")], [])

# A fault that is not put right: the process begins anew, so there is nothing to pass over to.
seek("start")
gdb.execute("break *&trap_entry if $scause == 15 && $stval == 0x7ead0000", to_string=True)
run("continue")
gdb.execute("delete")
fault = step()
seek("@%d" % (fault - 1))
check("before a fault", line()[0], "command_fault")
run("stepi")
check("stepi into a fault that ends the process", (line()[0], step()), ("trap_entry", fault))
run("reverse-stepi")
check("reverse-stepi back to what was at fault", (line()[0], step()), ("command_fault", fault - 1))

finish()
