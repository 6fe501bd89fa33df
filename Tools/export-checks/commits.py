"""Reads a commit log as strictly as Spike writes it (riscv-isa-sim, riscv/execute.cc, commit_log_print_insn)."""
import re
import sys

number = r"0x[0-9a-f]{16}"
line = re.compile(
    rf"core +\d+: [013] {number} \(0x(?:[0-9a-f]{{4}}|[0-9a-f]{{8}})\)"
    rf"(?: (?:[xf](?:\d |\d\d)|c\d+_[a-z0-9]+) {number})*"
    rf"(?: mem {number})*(?: mem {number} 0x(?:[0-9a-f]{{2}}|[0-9a-f]{{4}}|[0-9a-f]{{8}}|[0-9a-f]{{16}}))*\n"
)
count = 0
for number, text in enumerate(open(sys.argv[1]), 1):
    if not line.fullmatch(text):
        sys.exit(f"line {number}: {text!r}")
    count += 1
assert count > 1000, count
