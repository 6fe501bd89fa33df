"""Checks an asciicast: the times are those of the log of the trace, and never go back."""
import json
import subprocess
import sys

cast, reprise, trace = sys.argv[1:]
lines = open(cast, encoding="utf-8").read().splitlines()
header = json.loads(lines[0])
assert header["version"] == 2 and header["width"] > 0 and header["height"] > 0, header
events = [json.loads(line) for line in lines[1:]]
assert all(one[0] <= other[0] for one, other in zip(events, events[1:])), "the times go back"
assert {event[1] for event in events} <= {"o", "i", "m"}
log = subprocess.run([reprise, "log", "--json", "--kind", "output,inputs", trace], capture_output=True, check=True)
entries = [json.loads(line) for line in log.stdout.splitlines()]
# The log's lines have the time of their first byte, as the events have.
shown = [entry for entry in entries if entry["kind"] == "output" and entry["device"] == "uart"]
outputs = [event for event in events if event[1] == "o"]
clock = 1e9
assert abs(shown[0]["cycle"] / clock - outputs[0][0]) < 1e-9, (shown[0], outputs[0])
assert abs(shown[-1]["cycle"] / clock - outputs[-1][0]) < 0.011, (shown[-1], outputs[-1])
typed = "".join(event[2] for event in events if event[1] == "i")
assert typed == "".join(entry["text"] for entry in entries if entry["kind"] == "input"), typed
