"""Time of the pure parts as documents and fleets grow. Comes in: bench/perf. Goes out: microseconds by size. Never: AWS."""

from __future__ import annotations

import json
import math
import subprocess

from . import machine
from .places import ROOT, TARGET, Problem, keep


def main() -> None:
    program = TARGET / "measured/scale"
    if not program.exists():
        raise Problem("it is not built; run `cargo build --profile measured -p perf`")
    done = subprocess.run([str(program)], cwd=ROOT, capture_output=True, text=True)
    if done.returncode != 0:
        raise Problem(f"scale failed:\n{done.stderr[-2000:]}")
    keep("scale", {"machine": machine.facts(), **json.loads(done.stdout)})


def slope(rows: list[dict], name: str, least: int) -> float:
    """The exponent by which `name` grows with the size from `least` on: 1 is linear. Least squares over logarithms."""
    points = [(math.log(row["size"]), math.log(row[name])) for row in rows if row["size"] >= least]
    middle = [sum(axis) / len(points) for axis in zip(*points)]
    up = sum((x - middle[0]) * (y - middle[1]) for x, y in points)
    return up / sum((x - middle[0]) ** 2 for x, _ in points)
