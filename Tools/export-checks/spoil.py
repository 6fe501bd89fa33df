"""Breaks an export in a way that its reader must notice."""
import sys

form, source, target = sys.argv[1:]
lines = open(source).read().splitlines(keepends=True)
if form == "vcd":
    identifier = next(line.split()[3] for line in lines if line.startswith("$var event") and " interrupt " in line)
    lines.remove(f"1{identifier}\n")
elif form == "log":
    place = next(place for place, line in enumerate(lines) if place > 100 and " x10 " in line)
    head, value = lines[place].split(" x10 ", 1)
    digit = "1" if value[17] == "0" else "0"
    lines[place] = f"{head} x10 {value[:17]}{digit}{value[18:]}"
elif form == "json":
    lines.remove(next(line for line in reversed(lines) if '"ph": "E"' in line and line.endswith(",\n")))
elif form == "json-interrupt":
    # As if it had not been: neither its slice, nor the end of that.
    traps = [place for place, line in enumerate(lines) if '"tid": 2, "ts"' in line and '"ph": "C"' not in line]
    begin = next(number for number, place in enumerate(traps) if '"name": "interrupt' in lines[place])
    end = next(number for number in range(begin, len(traps)) if '"ph": "E"' in lines[traps[number]])
    del lines[traps[end]], lines[traps[begin]]
elif form == "json-function":
    place = next(place for place, line in enumerate(lines) if place > 200 and '"cat": "function"' in line)
    lines[place] = lines[place].replace('"name": "', '"name": "not_')
open(target, "w").writelines(lines)
