"""Processes that handle events as Lambda would have them do, timed from their start.

Comes in: a command, its environment, events. Goes out: times, memory, calls. Never: two at the same moment.
"""

from __future__ import annotations

import asyncio
import itertools
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from .lambda_api import Runtime
from .places import Problem
from .wire import Wire

WITHIN = 60
# Stands in an event for a number that no other event has.
NUMBER = b"@number@"
NUMBERS = itertools.count(1)


@dataclass
class Contestant:
    """Who handles which event."""

    who: str
    function: str
    command: list[str]
    environment: dict[str, str]
    event: bytes
    folder: Path = Path("/")

    def next_event(self) -> bytes:
        return self.event.replace(NUMBER, str(next(NUMBERS)).encode())


@dataclass
class Run:
    """One process: milliseconds since its start, KB, calls."""

    ready: float
    first_call: float | None
    decided: float
    in_calls: float
    calls: list[str]
    connections: int
    cpu: float
    peak: int
    warm: list[dict] = field(default_factory=list)
    answer: bytes = b""


async def run(contestant: Contestant, runtime: Runtime, wire: Wire, log: Path, warm: int = 0, forget=None) -> Run:
    """Starts the process, hands it the event, waits for its answer; then the same event `warm` times more."""
    runtime.clear()
    wire.clear()
    runtime.events.put_nowait(contestant.next_event())
    with open(log, "ab") as out:
        begun = time.perf_counter()
        process = subprocess.Popen(contestant.command, env=contestant.environment, cwd=contestant.folder,
                                   stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT)
        try:
            answer = await answered(runtime, process, log)
            cpu, peak = spent(process.pid), memory(process.pid)
            first = wire.calls[0].begun - begun if wire.calls else None
            done = Run(
                ready=1e3 * ((runtime.ready or begun) - begun), first_call=None if first is None else 1e3 * first,
                decided=1e3 * (answer.answered - begun), in_calls=1e3 * wire.busy(),
                calls=[call.name for call in wire.calls], connections=wire.connections, cpu=cpu, peak=peak, answer=answer.body,
            )
            for _ in range(warm):
                if forget:
                    await asyncio.to_thread(forget)
                wire.clear()
                before = spent(process.pid)
                runtime.events.put_nowait(contestant.next_event())
                answer = await answered(runtime, process, log)
                done.warm.append({
                    "decided": 1e3 * (answer.answered - answer.handed), "in_calls": 1e3 * wire.busy(),
                    "calls": len(wire.calls), "cpu": spent(process.pid) - before,
                })
            done.peak = max(done.peak, memory(process.pid))
            return done
        finally:
            process.kill()
            process.wait()


async def answered(runtime: Runtime, process: subprocess.Popen, log: Path):
    waiting = asyncio.ensure_future(runtime.answers.get())
    end = time.monotonic() + WITHIN
    while True:
        done, _ = await asyncio.wait([waiting], timeout=0.5)
        if done:
            answer = waiting.result()
            if answer.failed:
                raise Problem(f"the event was not handled: {answer.body.decode(errors='replace')}\nsee {log}")
            return answer
        if process.poll() is not None or time.monotonic() > end:
            waiting.cancel()
            raise Problem(f"{' '.join(map(str, process.args))} did not answer:\n{log.read_text()[-2000:]}")


def memory(pid: int) -> int:
    """The most memory the process had resident so far, in KB."""
    text = Path(f"/proc/{pid}/status").read_text()
    return int(next(line for line in text.splitlines() if line.startswith("VmHWM:")).split()[1])


def spent(pid: int) -> float:
    """Milliseconds of CPU of all its threads so far."""
    tasks = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(task.read_text().split()[0]) for task in tasks) / 1e6
