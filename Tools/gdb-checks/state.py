# Registers, memory by both kinds of address, the user's own commands, and changes.
from common import *

END = int(re.search(r"to @(\d+)", monitor("step")).group(1))

has("the architecture comes from the target", gdb.execute("show architecture", to_string=True), "riscv:rv64")
check("the symbols come from the trace", gdb.lookup_global_symbol("kernel_main") is not None, True)
has("at the start", monitor("where"), r"@0, cycle 0, t=0.000000000s\nhart 0, machine mode, 0x1000")

# Registers.
gdb.execute("tbreak command_uptime", to_string=True)
run("continue")
shown = gdb.execute("info registers", to_string=True)
for name in GENERAL:
    has("info registers: " + name, shown, r"(?m)^%s +" % name)
shown = gdb.execute("info registers csr", to_string=True)
for name in ("satp", "sstatus", "scause", "stvec", "sepc", "mstatus", "mtvec", "mideleg", "mhartid"):
    has("info registers csr: " + name, shown, r"(?m)^%s +" % name)
has("info registers float", gdb.execute("info registers float", to_string=True), r"(?m)^fa0 +")
check("the mode", number("$priv"), 0)
check("paging by Sv39", number("$satp") >> 60, 8)
check("pc is where it stands", number("$pc"), gdb.selected_frame().pc())
has("harts are threads", gdb.execute("info threads", to_string=True), r"\* 1 +Thread 1 \(hart 0, user\)")
has("instructions", gdb.execute("x/3i $pc", to_string=True), r"=> 0x%x <main\+\d+>:\tauipc" % number("$pc"))

# Memory. A process's own memory, by both kinds of address.
stack = number("$sp")
words = gdb.execute("x/4xg 0x%x" % stack, to_string=True)
physical = int(re.search(r"is physical (0x[0-9a-f]+) in user mode", monitor("translate 0x%x" % stack)).group(1), 16)
check("virtual is not physical here", physical != stack, True)
values = [int(word, 16) for word in re.findall(r"\t(0x[0-9a-f]+)", words)]
gdb.execute("maintenance packet Qqemu.PhyMemMode:1", to_string=True)
gdb.execute("maintenance flush dcache", to_string=True)
words = gdb.execute("x/4xg 0x%x" % physical, to_string=True)
check("by physical address", [int(word, 16) for word in re.findall(r"\t(0x[0-9a-f]+)", words)], values)
gdb.execute("maintenance packet Qqemu.PhyMemMode:0", to_string=True)
gdb.execute("maintenance flush dcache", to_string=True)
row = " ".join("%02x" % (values[0] >> shift & 255) for shift in range(0, 64, 8))
has("monitor phys", monitor("phys 0x%x 8" % physical), row)
has("what does not translate", run("x/x 0x7ead0000"), "Cannot access memory at address 0x7ead0000")
has("devices are not read", run("x/x 0x10000000"), "Cannot access memory")
has("nor by monitor phys", monitor("phys 0x10000000"), "devices are not read")

# The user's own commands.
has("monitor help", monitor("help"), "seek POSITION")
here = step()
has("monitor seek", seek("@1000"), "@1000, cycle")
check("registers after a seek", number("$pc"), int(re.search(r"mode, (0x[0-9a-f]+)", monitor("where")).group(1), 16))
has("seek to a mark", seek("mark:power-off"), "this is the end")
seek("end-10")
check("seek from the end", step(), END - 10)
seek("@%d" % here)
monitor("mark here")
has("monitor marks", monitor("marks"), r"@%d  here\n.*power-off" % here)
seek("start")
seek("mark:here")
check("seek to a mark of one's own", step(), here)
has("monitor log: before", monitor("log 6"), r"(?s)input +uart \"\\n\".*@%d +here" % here)
has("monitor checkpoints", monitor("checkpoints"), r"\d+ checkpoints, \d+ KiB")
has("a mistake", monitor("seek nowhere"), "'nowhere' is not a position")

# Who wrote it last: checked by going there.
why = monitor("why sp")
wrote = int(re.search(r"written at @(\d+)", why).group(1))
was = int(re.search(r"before that it was (0x[0-9a-f]+)", why).group(1), 16)
now = number("$sp")
check("why stays", step(), here)
monitor("traps show")
seek("@%d" % wrote)
check("why: what it was", number("$sp"), was)
run("stepi")
check("why: what it became", number("$sp"), now)
monitor("traps skip")

# Changes open a fork, and say so once; the recording stays as it was.
seek("@%d" % here)
gdb.execute("set $a3 = 0x1234", to_string=True)
check("a changed register", number("$a3"), 0x1234)
has("a fork is told", run("stepi"), "this change opened a fork at @%d" % here)
gdb.execute("set {long} 0x%x = 0x5678" % stack, to_string=True)
check("changed memory", number("*(long *) 0x%x" % stack), 0x5678)
check("told once", "opened a fork" in run("stepi"), False)
has("monitor fork", monitor("fork"), "left the recording at @%d, with 2 changes" % here)
run("reverse-stepi")
run("reverse-stepi")
check("back to before the second change", number("*(long *) 0x%x" % stack), values[0])
has("going back in a fork", monitor("fork"), "left the recording at @%d" % here)
has("leaving the fork", monitor("fork leave"), "given up")
gdb.execute("maintenance flush register-cache", to_string=True)
gdb.execute("maintenance flush dcache", to_string=True)
check("the recording is as it was", (step(), number("$a3") != 0x1234), (here, True))
run("continue")
check("and goes to its end", step(), END)

# A fork runs live, for ever if nobody stops it: Ctrl-C does.
import signal
import threading

seek("@%d" % here)
gdb.execute("set $a3 = 0x1234", to_string=True)
timer = threading.Timer(1.0, lambda: os.kill(os.getpid(), signal.SIGINT))
timer.start()
shown = run("continue")
has("Ctrl-C stops a long run", shown, "received signal SIGINT")
check("at a valid place", step() > here, True)
at = (step(),) + registers()
run("stepi")
run("reverse-stepi")
check("from which one goes on, and back", (step(),) + registers(), at)
monitor("fork leave")

finish()
