"""Reads out of a commit log where the hart arrived at functions, and its privilege modes."""
import bisect
import re

LINE = re.compile(r"core +\d+: (\d) 0x([0-9a-f]{16}) \(0x([0-9a-f]+)\)")
MRET, SRET = 0x30200073, 0x10200073


class Functions:
    """The functions of a list of symbols like that of nm."""

    def __init__(self, path):
        lines = [line.split(maxsplit=2) for line in open(path)]
        self.starts = sorted((int(address, 16), name.strip()) for address, kind, name in lines if kind in "tT")

    def at(self, address):
        """The first address and the name of the function at an address."""
        place = bisect.bisect_right(self.starts, address, key=lambda symbol: symbol[0]) - 1
        return self.starts[place] if place >= 0 else (None, None)


def flow(bits, byte_count):
    """What an instruction does: links are ra and t0, as the specification hints."""
    if bits in (MRET, SRET):
        return "trap return"
    if byte_count == 2 and bits & 0xE07F == 0x8002 and bits >> 7 & 31:
        # c.jr, and c.jalr, which links with ra.
        links, target = bits & 0x1000, bits >> 7 & 31
    elif byte_count == 4 and bits & 0x7F in (0x6F, 0x67):
        links, target = bits >> 7 & 31 in (1, 5), bits >> 15 & 31 if bits & 0x7F == 0x67 else 0
    else:
        return "other"
    return "call" if links else "return" if target in (1, 5) else "other"


def arrivals_of(commits, symbols):
    """The modes, one after another, and the functions: each with the one that called it, or None if it was jumped to.

    What is returned to is no arrival, although that may be the first instruction of a function.
    """
    functions = Functions(symbols)
    modes, arrivals, before = [], [], None
    for text in open(commits):
        found = LINE.match(text)
        mode, pc, bits, byte_count = found[1], int(found[2], 16), int(found[3], 16), len(found[3]) // 2
        if modes[-1:] != [mode]:
            modes.append(mode)
        if before:
            old_mode, old_pc, old_bits, old_byte_count = before
            kind = flow(old_bits, old_byte_count)
            start, name = functions.at(pc)
            caller = functions.at(old_pc)[1]
            has_gone_back = kind == "return" or (kind == "trap return" and mode < old_mode)
            is_jump = pc != old_pc + old_byte_count and pc == start and name != caller
            if kind == "call":
                arrivals.append((name, caller))
            elif is_jump and not has_gone_back:
                arrivals.append((name, None))
        before = (mode, pc, bits, byte_count)
    return modes, arrivals
