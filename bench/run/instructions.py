"""Instructions of the pure parts, counted by callgrind: hardly different from run to run, whatever else the machine does.

Comes in: bench/perf, valgrind, the checked-in counts. Goes out: counts, in all and by function; with --check what moved
against those that are checked in. Never: a time.

Counts of another compiler are no regression: then it says so, and asks for new ones.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from . import machine
from .places import ROOT, TARGET, Problem, keep, kept

# By so many hundredths a count may move.
TOLERANCE = 2.0
TIMES = 3
NAMED = 8
LINE = re.compile(r"^\s*([\d,]+) \([^)]*\)\s+(?:[\w./<>?-]*:)?(.+?)(?: \[.*\])?$")


def main() -> None:
    keep("instructions", {"machine": machine.facts(), "parts": {part: count(part) for part in parts()}})


def check() -> None:
    """Compares with the checked-in counts."""
    before = kept("instructions") or {"parts": {}, "machine": {}}
    if before["machine"].get("rust") != machine.facts()["rust"]:
        raise Problem(f"the counts are of {before['machine'].get('rust')}, this is {machine.facts()['rust']}: "
                      "count anew with `make bench PART=instructions`")
    grown = []
    for part in parts():
        now, then = count(part), before["parts"].get(part)
        change = 100 * (now["total"] / then["total"] - 1) if then else float("inf")
        print(f"{part:<24}{now['total']:>14,}{change:>+9.2f} %")
        if abs(change) <= TOLERANCE:
            continue
        for line in differences(then, now):
            print(f"    {line}")
        # Fewer are no fault; the next count is compared with them once they are checked in.
        grown += [part] if change > 0 else []
    if grown:
        raise Problem(f"{', '.join(grown)} grew by more than {TOLERANCE} %; if that is meant: make bench PART=instructions")


def program() -> Path:
    path = TARGET / "measured/pure"
    if not path.exists():
        raise Problem("it is not built; run `cargo build --profile measured -p perf`")
    if shutil.which("valgrind") is None:
        raise Problem("valgrind was not found (Debian, Ubuntu: apt install valgrind)")
    return path


def parts() -> list[str]:
    return subprocess.run([str(program())], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()


def count(part: str) -> dict:
    """The least of a few counts: where memory is tidied up, and in which order a map is walked, is left to chance."""
    return min((once(part) for _ in range(TIMES)), key=lambda counted: counted["total"])


def once(part: str) -> dict:
    """Instructions inside of `measured`, and the functions that take most of them themselves."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        done = subprocess.run(
            ["valgrind", "--tool=callgrind", "--toggle-collect=*measured*", f"--callgrind-out-file={out}", str(program()), part],
            cwd=ROOT, capture_output=True, text=True)
        if done.returncode != 0:
            raise Problem(f"callgrind of {part} failed:\n{done.stderr[-2000:]}")
        told = subprocess.run(["callgrind_annotate", "--threshold=90", str(out)], capture_output=True, text=True).stdout
        total = int(re.search(r"Collected : (\d+)", done.stderr)[1])
    functions: dict[str, int] = {}
    for line in told.splitlines():
        if (found := LINE.match(line)) and "PROGRAM TOTALS" not in line:
            name = re.sub(r"::h[0-9a-f]{16}|<|>|'2", "", found[2]).strip()
            functions[name] = functions.get(name, 0) + int(found[1].replace(",", ""))
    return {"total": total, "functions": dict(sorted(functions.items(), key=lambda each: -each[1])[:NAMED])}


def differences(then: dict | None, now: dict) -> list[str]:
    """The functions that account for most of a change."""
    before = then["functions"] if then else {}
    names = set(before) | set(now["functions"])
    moved = sorted(names, key=lambda name: -abs(now["functions"].get(name, 0) - before.get(name, 0)))
    return [f"{now['functions'].get(name, 0) - before.get(name, 0):>+12,}  {name}" for name in moved[:5]]
