"""Reads a value change dump with pyvcd and compares its signals with the log of the trace."""
import json
import sys

from vcd.reader import TokenKind, tokenize

path, log = sys.argv[1:3]
# A dump that went through FST and back has its events as changes of a wire.
is_converted = "--converted" in sys.argv
scopes, names, time, last = [], {}, None, -1
fired, values, sent = {}, {}, []
for token in tokenize(open(path, "rb")):
    if token.kind is TokenKind.SCOPE:
        scopes.append(token.scope.ident)
    elif token.kind is TokenKind.UPSCOPE:
        scopes.pop()
    elif token.kind is TokenKind.VAR:
        names[token.var.id_code] = (".".join(scopes[1:] + [token.var.reference]), token.var.type_.value)
    elif token.kind is TokenKind.TIMESCALE:
        assert str(token.timescale) == "1 ns", token
    elif token.kind is TokenKind.CHANGE_TIME:
        time = token.time_change
        assert time > last, f"the time goes back at {time}"
        last = time
    elif token.kind in (TokenKind.CHANGE_SCALAR, TokenKind.CHANGE_VECTOR):
        change = token.scalar_change if token.kind is TokenKind.CHANGE_SCALAR else token.vector_change
        name, kind = names[change.id_code]
        if kind == "event":
            fired.setdefault(name, []).append(time)
        else:
            values.setdefault(name, []).append((time, change.value))
assert not scopes, scopes

entries = [json.loads(line) for line in open(log)]


def cycles(kind, device=None):
    return [entry["cycle"] for entry in entries if entry["kind"] == kind and entry.get("device") == device]


if not is_converted:
    assert fired["hart0.interrupt"] == cycles("interrupt"), "other interrupts than the log has"
    for device in ("uart", "plic", "aclint"):
        for kind in ("read", "write"):
            assert fired.get(f"{device}.{kind}", []) == cycles(kind, device), f"other {kind}s of {device}"
modes = values["hart0.mode"]
assert {value for _, value in modes} <= {0, 1, 3}, modes[:5]
assert len(modes) > 100
for name in ("uart", "mtip", "seip"):
    levels = [value for _, value in values[f"wires.{name}"]]
    assert all(one != other for one, other in zip(levels, levels[1:])), f"{name} changes to what it is"
assert len(values["wires.uart"]) > 10
