"""Reads a trace as the Trace Event Format has it: phases, times, and slices that nest on each thread."""
import json
import sys

with open(sys.argv[1], encoding="utf-8") as file:
    trace = json.load(file)
events = trace["traceEvents"]
assert trace["displayTimeUnit"] in ("ms", "ns")
named, open_slices, last, counts = set(), {}, {}, {}
for event in events:
    phase = event["ph"]
    counts[phase] = counts.get(phase, 0) + 1
    assert isinstance(event["pid"], int)
    if phase == "M":
        assert event["name"] in ("process_name", "thread_name") and isinstance(event["args"]["name"], str)
        named.add(event.get("tid"))
        continue
    thread, time = event["tid"], event["ts"]
    assert thread in named, f"thread {thread} has no name"
    assert isinstance(time, (int, float)) and time >= 0
    if phase in "BE":
        # Slices of a thread are told in the order of their times.
        assert time >= last.get(thread, 0), f"{event} goes back"
        last[thread] = time
    if phase == "B":
        assert isinstance(event["name"], str) and event["name"]
        open_slices.setdefault(thread, []).append(event["name"])
    elif phase == "E":
        assert open_slices.get(thread), f"{event} ends nothing"
        open_slices[thread].pop()
    elif phase == "i":
        assert event["s"] in "gpt"
    elif phase == "C":
        assert all(isinstance(value, (int, float)) for value in event["args"].values())
    else:
        sys.exit(f"a phase {phase}")
left = {thread: names for thread, names in open_slices.items() if names}
assert not left, f"never ended: {left}"
assert counts["B"] == counts["E"] > 100 and counts["C"] > 1 and counts["i"] > 2, counts
functions = {event["name"] for event in events if event.get("cat") == "function"}
assert "kernel_main" in functions, sorted(functions)[:20]
