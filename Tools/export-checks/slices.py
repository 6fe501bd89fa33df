"""Asks Perfetto what it made of a trace, and compares that with the file, the log and the commit log of the window.

slices.py ENGINE TRACE LOG COMMITS SYMBOLS: ENGINE is the folder for perfetto.mjs, LOG of `reprise log --json`, COMMITS
of `reprise export commit-log`, SYMBOLS of `reprise symbols`.
"""
import decimal
import json
import os
import subprocess
import sys

from arrivals import arrivals_of

engine, path, log_path, commits_path, symbols_path = sys.argv[1:]

SLICE = "slice join thread_track on track_id = thread_track.id join thread using (utid)"
arguments = ", ".join(f"extract_arg(arg_set_id, 'args.{key}')" for key in ("step", "pc", "offset", "value", "byte"))
queries = {
    "faults": "select name, value from stats where severity != 'info' and value > 0",
    "processes": "select pid, name from process where pid != 0",
    "threads": "select tid, thread.name from thread join process using (upid) where tid != 0",
    "slices": "select slice.id, slice.parent_id, tid, ts, dur, slice.name, category, depth,"
    f" {arguments} from {SLICE} order by tid, slice.id",
    "all": "select count(*) from slice",
    "counters": "select name, ts, value from counter join counter_track on track_id = counter_track.id"
    " order by counter.id",
}
# For so few questions, code of the engine need not be made good.
asked = subprocess.run(
    ["node", "--liftoff-only", os.path.join(os.path.dirname(__file__), "perfetto.mjs"), engine, path],
    input=json.dumps(queries), stdout=subprocess.PIPE, text=True)
if asked.returncode:
    sys.exit(1)
told = json.loads(asked.stdout)


def same(what, found, wanted):
    """Perfetto has found what was wanted, in the same order."""
    for place, (one, other) in enumerate(zip(found, wanted)):
        if one != other:
            sys.exit(f"{what}: number {place} is {one} for Perfetto, and should be {other}")
    if len(found) != len(wanted):
        sys.exit(f"{what}: {len(found)} for Perfetto, and should be {len(wanted)}")


class Slice:
    def __init__(self, row):
        self.id, self.parent, self.tid, self.ts, self.dur, self.name, self.category, self.depth = row[:8]
        self.step, self.pc, self.offset, self.value, self.byte = row[8:]


# --- What Perfetto says against it itself
if told["faults"]:
    sys.exit(f"Perfetto counts faults: {told['faults']}")
slices = [Slice(row) for row in told["slices"]]
unended = [one.name for one in slices if one.dur < 0]
if unended:
    sys.exit(f"Perfetto sees no end of {unended}")
if told["all"] != [[len(slices)]]:
    sys.exit("Perfetto has slices of no thread")

# --- The file, read with nothing but the rules for its phases
events = json.load(open(path, encoding="utf-8"), parse_float=decimal.Decimal)["traceEvents"]


def nanoseconds(microseconds):
    return int(microseconds * 1000)


names, wanted, counters, stacks = {}, {}, [], {}
for event in events:
    phase, tid = event["ph"], event.get("tid")
    if phase == "M":
        names[event["name"], tid] = event["args"]["name"]
        continue
    ts = nanoseconds(event["ts"])
    stack = stacks.setdefault(tid, [])
    if phase == "C":
        counters += [(f"{event['name']} {series}", ts, value) for series, value in event["args"].items()]
    elif phase == "E":
        stack.pop()["dur"] += ts
    else:
        dur = {"B": -ts, "i": 0}[phase]
        one = {"ts": ts, "dur": dur, "name": event["name"], "category": event.get("cat"), "depth": len(stack)}
        wanted.setdefault(tid, []).append(one)
        if phase == "B":
            stack.append(one)
same("processes", [name for _, name in told["processes"]], [names["process_name", None]])
same(
    "threads", sorted(map(tuple, told["threads"])),
    sorted((tid, name) for (what, tid), name in names.items() if what == "thread_name"))
for tid, ones in wanted.items():
    found = [(one.ts, one.dur, one.name, one.category, one.depth) for one in slices if one.tid == tid]
    same(names["thread_name", tid], found, [tuple(one.values()) for one in ones])
same("slices", [len(slices)], [sum(map(len, wanted.values()))])
same("counters", sorted(map(tuple, told["counters"])), sorted(counters))

# --- The log: interrupts, accesses and bytes sent. A tick of the board's clock is a nanosecond.
log = [json.loads(line) for line in open(log_path)]
interrupts = [entry for entry in log if entry["kind"] == "interrupt"]
threads = {name: tid for tid, name in told["threads"]}
traps = [one for one in slices if one.tid == threads["hart 0 traps"]]
same(
    "interrupts", [(one.ts, one.name, one.step, one.pc) for one in traps if one.name.startswith("interrupt")],
    [(entry["cycle"], f"interrupt: {entry['causeName']}", entry["step"], entry["pc"]) for entry in interrupts])
accesses = [entry for entry in log if entry["kind"] in ("read", "write")]
for device in {entry["device"] for entry in accesses}:
    same(
        device, [(one.ts, one.name, one.offset, one.value) for one in slices
                 if one.tid == threads[device] and one.name != "sent"],
        [(entry["cycle"], entry["kind"], entry["offset"], entry["value"]) for entry in accesses
         if entry["device"] == device])
# The log has what was sent as lines, with the time of their first bytes.
sent = [one for one in slices if one.tid == threads.get("uart") and one.name == "sent"]
lines = [entry for entry in log if entry["kind"] == "output"]
same("bytes sent", [one.byte for one in sent], list(bytes.fromhex("".join(entry["bytes"] for entry in lines))))
starts = {one.ts for one in sent}
same("lines sent", [], [entry["cycle"] for entry in lines if entry["cycle"] not in starts])
last = {name: value for name, _, value in told["counters"]}
same(
    "counts", [last[f"traps {kind}"] for kind in ("interrupts", "exceptions")] + [last["device accesses accesses"]],
    [len(interrupts), len(traps) - len(interrupts), len(accesses)])

# --- The commit log: privilege modes, and each arrival at the first instruction of a function
modes, arrivals = arrivals_of(commits_path, symbols_path)
# A mode that a trap left at once is not in the commit log: nothing retired in it.
trapped = {one.ts for one in traps}
shown = [one.name for one in slices if one.tid == threads["hart 0 mode"] and one.ts not in trapped]
shown = [mode for mode, previous in zip(shown, [None] + shown) if mode != previous]
same("modes", shown, [{"0": "user", "1": "supervisor", "3": "machine"}[mode] for mode in modes])

by_id = {one.id: one for one in slices}
entered = sorted((one for one in slices if one.category == "function"), key=lambda one: (one.ts, one.id))
place = 0
for one in entered:
    parent = by_id[one.parent] if one.parent is not None else None
    if place < len(arrivals) and one.name == arrivals[place][0]:
        caller = arrivals[place][1]
        if caller is None or (parent and parent.name == caller):
            place += 1
            continue
    # Functions that were entered before the window are the first of their stacks.
    if parent:
        sys.exit(f"{one.name} within {parent.name} at {one.ts}: entered next is {arrivals[place:place + 1]}")
same("functions that were entered", [place], [len(arrivals)])
handlers = [one for one in entered if one.parent is not None and by_id[one.parent].category == "trap"]
same("handlers", [len(handlers)], [len(traps)])
assert len(entered) - len(arrivals) < 10, "too many are entered from nowhere"
assert len(arrivals) > 200 and len(traps) > 20 and max(one.depth for one in entered) > 5
counts = f"{len(slices)} slices, {len(arrivals)} functions entered, {len(traps)} traps"
print(f"Perfetto has {counts}, {len(told['counters'])} values of counters")
