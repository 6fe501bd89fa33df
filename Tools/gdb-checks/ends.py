# Debuggers that come and go: over a port, a second one, one that vanishes, kill, Ctrl-C to the server.
import signal
import subprocess

from common import *

COMMAND = [os.environ["REPRISE"], "gdb"]
TRACE = os.environ["TRACE"]
END = int(re.search(r"to @(\d+)", monitor("step")).group(1))


class Server:
    def __init__(self, *options):
        self.process = subprocess.Popen(
            COMMAND + [TRACE] + list(options), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True)
        self.invitation = self.process.stdout.readline()
        self.port = int(re.search(r"localhost:(\d+)", self.invitation).group(1))

    def attach(self):
        return run("target extended-remote localhost:%d" % self.port)

    def end(self):
        """The exit status, and what it said."""
        _, said = self.process.communicate(timeout=60)
        return self.process.returncode, said


def other(port, *commands):
    """What another gdb says that does `commands` on the server at `port`."""
    words = ["gdb-multiarch", "-nx", "-q", "-batch", "-ex", "target remote localhost:%d" % port]
    for command in commands:
        words += ["-ex", command]
    done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.stdout


has("detach from the pipe", run("detach"), "detached")

server = Server()
has("the line to paste", server.invitation, r"^gdb-multiarch -ex 'target extended-remote localhost:\d+'$")
server.attach()
check("attached at the start", step(), 0)
gdb.execute("break command_uptime", to_string=True)
run("continue")
here = (step(),) + registers()
has("a second debugger is refused", other(server.port), "another debugger is attached to this run; detach it first")
check("and disturbs nobody", (step(),) + registers(), here)
run("detach")
server.attach()
check("attached again at the same place", (step(),) + registers(), here)
has("with the breakpoint of before", run("continue"), NO_MORE)
run("reverse-continue")
check("which works", (step(),) + registers(), here)
run("disconnect")
has("another one may come now", other(server.port, "monitor where", "detach"), "@%d, cycle" % here[0])
other(server.port, "stepi", "shell kill -9 $PPID")
server.attach()
check("one that vanished has left the run where it was", step(), here[0] + 1)
run("kill")
status, said = server.end()
check("kill ends the server", status, 0)
for words in ("refused a second debugger", "the debugger detached", "the debugger has gone", "ended the session"):
    has("the server says: " + words, said, words)

server = Server("--at", "end", "--once")
server.attach()
check("--at end", step(), END)
run("detach")
check("--once ends with the first debugger", server.end()[0], 0)

for number_of_signal, wanted in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
    server = Server()
    server.process.send_signal(number_of_signal)
    check("a signal while nobody is attached", server.end()[0], wanted)
    # In another gdb: gdb 13 may not survive the loss of its target.
    server = Server()
    said = other(server.port, "shell kill -%d %d" % (number_of_signal, server.process.pid), "monitor where")
    check("a signal while somebody is attached", server.end()[0], wanted)
    has("gdb is told", said, "@0, cycle 0|[Rr]emote|closed|reset|Broken")

finish()
