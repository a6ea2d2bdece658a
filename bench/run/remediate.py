"""From an event to a resource that is seen healed: how long, and whose time it is.

Comes in: the functions as deployed, in the local world. Goes out: medians for each remediation. Never: a cold start.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from . import machine
from .places import ROOT, TARGET, Problem, binary, functions, keep

ROUNDS = 5


def main(rounds: int = ROUNDS) -> None:
    program = TARGET / "debug/measure-remediations"
    if not program.exists():
        raise Problem("it is not built; run `cargo build --workspace`")
    with tempfile.TemporaryDirectory() as folder:
        # What else the world starts of its own folder, and the functions as they are deployed.
        deployed = set()
        for function in functions():
            try:
                program_of, measured = binary(function, "x86_64"), True
            except Problem as problem:
                # The world wants all of them; what this one does is not told.
                print(f"remediate: {problem}", file=sys.stderr)
                program_of, measured = TARGET / "debug" / function, False
            (Path(folder) / function).symlink_to(program_of)
            deployed |= {function} if measured else set()
        for helper in ("run-script",):
            (Path(folder) / helper).symlink_to(TARGET / "debug" / helper)
        done = subprocess.run([str(program), folder, str(rounds)], cwd=ROOT, capture_output=True, text=True)
    if done.returncode != 0:
        raise Problem(f"a fault was not put right:\n{done.stderr[-4000:]}")
    told: dict[str, list[dict]] = {}
    for each in (each for each in json.loads(done.stdout) if each["function"] in deployed):
        told.setdefault(each["runbook"], []).append(each)
    keep("remediate", {"machine": machine.facts(), "rounds": rounds, "scale": 0.02,
                       "remediations": [middle(of) for of in told.values()]})


def middle(rounds: list[dict]) -> dict:
    """Medians of numbers; what is text is the same in all."""
    return {name: value if isinstance(value, (str, dict)) else round(statistics.median(each[name] for each in rounds), 2)
            for name, value in rounds[0].items()}
