"""docs/performance.md and its pictures, written from what was measured.

Comes in: bench/results, and bench/profile.md: what profiles showed, what was changed for it and what came of it. Goes out:
the page. Never: a number that was not measured; a part that was not measured says so.
"""

from __future__ import annotations

from collections.abc import Iterable

from . import chart
from .chart import number
from .places import PROCESSORS, ROOT, Problem, functions, kept
from .scale import slope

DOCS = ROOT / "docs"
NAMES = {"kintsugi": "Kintsugi", "boto3": "Python, boto3", "c7n": "Cloud Custodian"}
MEGA = 1_000_000
MISSING = "Not measured yet: `make bench PART={}`.\n"


def main() -> None:
    for name, content in written().items():
        (DOCS / name).write_text(content)


def check() -> None:
    stale = [name for name, content in written().items()
             if not (DOCS / name).exists() or (DOCS / name).read_text() != content]
    if stale:
        raise Problem(f"docs/{', docs/'.join(stale)}: not what was measured; `make bench PART=page` writes them")


def written() -> dict[str, str]:
    """Every file, by its name below docs/."""
    parts = {name: kept(name) for name in ("cold", "size", "steps", "remediate", "scale", "cost", "instructions")}
    sections = [intro(parts)]
    for name, write in (("cold", cold), ("size", size), ("steps", steps), ("remediate", remediate), ("scale", scale),
                        ("cost", cost), ("instructions", instructions)):
        heading = f"## {HEADINGS[name]}\n\n"
        sections.append(heading + (write(parts[name]) if parts[name] else MISSING.format(name)))
    sections.append((ROOT / "bench/profile.md").read_text())
    files = {"performance.md": "\n".join(sections)}
    if parts["cold"]:
        files["performance-cold.svg"] = cold_chart(parts["cold"])
    if parts["scale"]:
        files["performance-scale.svg"] = scale_chart(parts["scale"])
    return files


HEADINGS = {
    "cold": "From nothing to the first decision", "size": "What Lambda is given", "steps": "What the engine costs",
    "remediate": "From an event to a resource that is seen healed", "scale": "As documents and fleets grow",
    "cost": "Dollars for 1,000 remediations", "instructions": "Instructions",
}


def intro(parts: dict) -> str:
    claims = [claim for part, of in CLAIMS.items() if parts[part] for claim in of(parts)]
    rows = [[what, goal, was, "yes" if reached else "**no**"] for what, goal, was, reached in claims]
    facts = next((part["machine"] for part in parts.values() if part and "machine" in part), {})
    versions = ", ".join(f"{name} {facts[name]}" for name in ("awslambdaric", "boto3", "c7n", "cdk-ssm-documents") if facts.get(name))
    return f"""# How fast, how small, how cheap is it?

Measured beside what people would use instead: the same events, the same emulator, one machine. No time here is a claim:
they are of this machine and change with the next. The ratios are claims. `make bench` measures everything anew and writes
this page; `make bench PART=cold` measures one part of it.

{table(["what", "goal", "measured", "reached"], rows)}
{facts.get("processor", "")}, {facts.get("system", "")}; {facts.get("rust", "")}, {facts.get("python", "")}, node {facts.get("node", "")};
{versions}. Measured {dates(parts)}; the numbers are in [bench/results](../bench/results/).
"""


def dates(parts: dict) -> str:
    found = sorted({part["machine"]["date"] for part in parts.values() if part and "machine" in part})
    return found[0] if len(found) == 1 else f"{found[0]} to {found[-1]}" if found else "never"


def table(head: list[str], rows: list[list[str]]) -> str:
    """Numbers to the right: every column but the first that begins with a digit everywhere."""
    numeric = [index > 0 and all(row[index][:1].isdigit() or row[index] in ("", "-") for row in rows) for index in range(len(head))]
    lines = [head, ["--:" if right else "---" for right in numeric], *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines) + "\n"


# --- cold starts

def pairs(cold: dict) -> list[tuple[dict, dict]]:
    """Each of ours beside each who did the same."""
    of = lambda who: {each["function"]: each for each in cold["contestants"] if each["who"] == who}  # noqa: E731
    ours = of("kintsugi")
    return [(ours[each["function"]], each) for each in cold["contestants"] if each["who"] != "kintsugi"]


def ms(value: float | None) -> str:
    return "-" if value is None else f"{number(value)} ms"


def times(value: float) -> str:
    return f"{value:.1f}" if value < 20 else f"{value:.0f}"


def cold(part: dict) -> str:
    rows = [[each["function"], NAMES[each["who"]], ms(each["ready_ms"]), ms(each["first_call_ms"]), ms(each["decided_ms"]),
             ms(each["own_ms"]), f"{len(each['calls'])}", f"{each['peak_kb'] / 1024:.0f} MB"] for each in part["contestants"]]
    ratios = [[ours["function"], NAMES[other["who"]], *(times(other[name] / ours[name]) if ours[name] and other[name] else "-"
               for name in ("ready_ms", "first_call_ms", "decided_ms", "own_ms", "cpu_ms", "peak_kb"))] for ours, other in pairs(part)]
    warm = [[each["function"], NAMES[each["who"]], ms(each["warm"]["decided_ms"]), ms(each["warm"]["own_ms"]), ms(each["warm"]["cpu_ms"])]
            for each in part["contestants"] if each["warm"]]
    return f"""![From the start of the process to its first decision](performance-cold.svg)

A process is started as Lambda starts it, with the binary that is deployed, against a runtime API on this machine. It gets
an event of `events/`, looks at the account in the [local world](local-world.md) over TLS, asks its guards, plans (observe
mode), publishes the outcome and answers. The handlers in Python ([bench/peers/boto3](../bench/peers/boto3/)) run under AWS's
own runtime client and make the same calls, one by one; Cloud Custodian runs its own handler with a policy for the same event,
without guards and without an event of its own. Medians of {part["rounds"]} runs, taken in turns.

* *ready*: it asks for its first event. *first call*: first byte to AWS. *decided*: its answer is there.
* *own*: of *decided*, what is not spent waiting for the emulator's answers, which are slower than AWS's.
* *memory*: the most that was resident, over the first event and three more.

{table(["function", "as", "ready", "first call", "decided", "own", "calls", "memory"], rows)}
How many times as much the others take:

{table(["function", "beside", "ready", "first call", "decided", "own", "CPU", "memory"], ratios)}
And warm, in the same process:

{table(["function", "as", "decided", "own", "CPU"], warm)}
{unmeasured(each["function"] for each in part["contestants"])}"""


def unmeasured(done: Iterable[str]) -> str:
    missing = sorted(set(functions()) - set(done))
    return f"Not measured in this run: {', '.join(missing)}.\n" if missing else ""


def cold_chart(part: dict) -> str:
    colours = {"kintsugi": 0, "boto3": 1, "c7n": 2}
    groups: dict[str, list] = {}
    for each in part["contestants"]:
        groups.setdefault(each["function"], []).append((NAMES[each["who"]], colours[each["who"]], each["own_ms"]))
    return chart.bars("Cold: from the start of the process to its first decision, without the emulator's answers", "ms",
                      list(groups.items()), [NAMES[who] for who in colours])


def cold_claims(parts: dict) -> list[tuple]:
    beside = [(ours, other) for ours, other in pairs(parts["cold"]) if other["who"] == "boto3"]
    least = {name: min(other[name] / ours[name] for ours, other in beside if ours[name]) for name in
             ("first_call_ms", "decided_ms", "own_ms", "peak_kb")}
    slowest = min(beside, key=lambda pair: pair[1]["own_ms"] / pair[0]["own_ms"])[0]["function"]
    return [
        ("cold start to the first call, beside Python with boto3", "at least 10 times faster",
         f"{times(least['first_call_ms'])} times at least", least["first_call_ms"] >= 10),
        ("cold start to the first decision, without the emulator's answers", "at least 10 times faster",
         f"{times(least['own_ms'])} times at least ({slowest})", least["own_ms"] >= 10),
        ("memory beside Python with boto3", "at most a quarter", f"1/{times(least['peak_kb'])} at most", least["peak_kb"] >= 4),
    ]


# --- size

def zips(of: dict) -> list[int]:
    """Of one function, the smallest first; none where it was not built."""
    return sorted(of[processor]["zip"] for processor in PROCESSORS if processor in of)


def size(part: dict) -> str:
    rows = [[name, *(f"{of[processor][what] / MEGA:.2f} MB" if processor in of else "-" for processor in PROCESSORS
                     for what in ("binary", "zip")), "6 MB" if of["typed_ec2"] else "4 MB"] for name, of in part["functions"].items()]
    peers = part["peers"]
    largest = max(zips(of)[-1] for of in part["functions"].values() if zips(of))
    text = f"""Stripped binaries, zipped as they are deployed. Beside them each function has the layer with AWS's service models,
{part["models_layer"] / MEGA:.1f} MB zipped, one for all.

{table(["function", "arm64", "zip", "x86-64", "zip", "goal for the zip"], rows)}
The handlers in Python are {peers["handlers"] / 1000:.0f} KB with Lambda's own boto3, and {peers["handlers_with_boto3"] / MEGA:.1f} MB
with a boto3 brought along; a policy of Cloud Custodian is {peers["c7n"] / MEGA:.1f} MB, {times(peers["c7n"] / largest)} times the
largest function here.
{unmeasured(name for name, of in part["functions"].items() if zips(of))}"""
    return text + (contents(part["contents"]) if part.get("contents") else "")


def contents(found: dict) -> str:
    names: dict[str, int] = {}
    for of in found.values():
        for name, bytes_ in of["crates"]:
            names[name] = max(names.get(name, 0), bytes_)
    shown = sorted(names, key=lambda name: -names[name])[:14]
    share = lambda of, name: dict(map(tuple, of["crates"])).get(name)  # noqa: E731
    rows = [[f"`{name}`", *(f"{share(of, name) / 1000:.0f} KB" if share(of, name) else "-" for of in found.values())] for name in shown]
    rows.append(["all code", *(f"{of['text'] / 1000:,.0f} KB" for of in found.values())])
    return f"""
What is in them, by `cargo bloat` (code only; the largest crates of each):

{table(["crate", *found], rows)}"""


def size_claims(parts: dict) -> list[tuple]:
    sizes = parts["size"]["functions"].values()
    most = {typed: max((zips(of)[-1] for of in sizes if of["typed_ec2"] == typed and zips(of)), default=None) for typed in (False, True)}
    goals = ((False, "zip without the typed ec2 crate", 4), (True, "zip with it", 6))
    return [(what, f"at most {goal} MB", f"{most[typed] / MEGA:.2f} MB", most[typed] <= goal * MEGA)
            for typed, what, goal in goals if most[typed]]


# --- the engine

def steps(part: dict) -> str:
    ours, theirs = part["kintsugi"], part["cdk"]
    rows = [
        ["Kintsugi", ms(ours["floor_ms"]), ms(ours["engine_ms"]), ms(max(ours["overhead_ms"], 0.0)), f"{100 * ours['overhead_ms'] / ours['floor_ms']:.1f} %",
         ms(max(ours["engine_cpu_ms"] - ours["floor_cpu_ms"], 0.0))],
        ["cdk-ssm-documents", ms(theirs["floor_ms"]), ms(theirs["engine_ms"]), ms(theirs["overhead_ms"]),
         f"{100 * theirs['overhead_ms'] / theirs['floor_ms']:.0f} %", "-"],
        ["cdk-ssm-documents, calls answered at once", "-", ms(theirs["alone_ms"]), ms(theirs["alone_ms"]), "-", "-"],
    ]
    return f"""A runbook of {part["calls"]} calls (SSM, EC2, IAM) with four branches and a loop of five turns, run by the engine with
its local host, against the same calls in the same order with nothing between them (the *floor*, by the same client). The
simulation of cdk-ssm-documents knows no loop, so there it is written out; its floor are the same calls with AWS's SDK for
JavaScript. It starts a thread, loads a client and opens a connection for each call, which is most of its overhead; its
interpreter alone is the last line. The world's journal sees to it that all made the same number of calls. Medians of
{ours["rounds"]} and {theirs["rounds"]} rounds, taken in turns with their floor; the overhead is the median of the differences.

{table(["", "floor", "with the engine", "overhead", "of the floor", "CPU of the overhead"], rows)}
"""


def steps_claims(parts: dict) -> list[tuple]:
    ours, theirs = parts["steps"]["kintsugi"], parts["steps"]["cdk"]
    share, own = ours["overhead_ms"] / ours["floor_ms"], max(ours["overhead_ms"], ours["engine_cpu_ms"] - ours["floor_cpu_ms"], 0.001)
    return [("50 calls by the engine, beside the bare calls", "within 5 %", f"{100 * max(share, 0):.1f} %", share <= 0.05),
            ("the engine's overhead beside cdk-ssm-documents' simulation", "at least 20 times less",
             f"{times(theirs['overhead_ms'] / own)} times less", theirs["overhead_ms"] / own >= 20)]


# --- remediations

def remediate(part: dict) -> str:
    rows = [[each["runbook"], ms(each["total_ms"]), ms(each["first_write_ms"]), ms(each["cpu_ms"]), ms(each["aws_ms"]), ms(each["durable_ms"]),
             ms(max(0.0, each["total_ms"] - each["all_ms"] - each["cpu_ms"])), f"{each['aws_calls']:.0f}", f"{each['recorded']:.0f}",
             f"{each['invocations']:.0f}"] for each in part["remediations"]]
    return f"""The functions as deployed, warm, as durable executions in the [local world](local-world.md), where a second of AWS lasts
{part["scale"]} s. From the moment the function takes the event up to the look that saw the resource healed. Medians of
{part["rounds"]} resources each.

* *own*: CPU of the function's process, all of it. *AWS* and *durable*: at least one call of the account, or of the durable
  service, was not answered yet; both are emulators in Python. *waits*: the rest, suspended or between two invocations.

{table(["runbook", "in all", "to the first write", "own", "AWS", "durable", "waits", "AWS calls", "operations", "invocations"], rows)}
{unmeasured({each["function"] for each in part["remediations"]} | REMEDIATE_NOT)}"""


def remediate_claims(parts: dict) -> list[tuple]:
    done = parts["remediate"]["remediations"]
    own, first = max(done, key=lambda each: each["cpu_ms"]), max(done, key=lambda each: each["first_write_ms"])
    return [("own share of a remediation, warm", "under 50 ms", f"{number(own['cpu_ms'])} ms at most ({own['runbook']})", own["cpu_ms"] < 50),
            ("event to the first write, warm, beside emulators", "under 300 ms",
             f"{number(first['first_write_ms'])} ms at most ({first['runbook']})", first["first_write_ms"] < 300)]


# These put nothing right, or nothing that is measured here.
REMEDIATE_NOT = {"decide-approval", "open-ticket", "run-runbook"}


# --- growth

SERIES = {"documents": ("parse", "validate", "run"), "events": ("recognise",), "answers": ("call",)}
FROM = {"documents": 30, "events": 100, "answers": 100}


def scale(part: dict) -> str:
    rows = [[name, f"{of[-1]['size']:,}", f"{number(of[-1][name] / 1000)} ms", f"{number(of[-1][name] / of[-1]['size'])} µs",
             f"{slope(of, name, FROM[kind]):.2f}"] for kind in SERIES for of in [part[kind]] for name in SERIES[kind]]
    return f"""![Time as documents and fleets grow](performance-scale.svg)

CPU of the pure parts, in one process, warm. Documents: read, checked, and run on a host that answers at once. Events: alarms of
different instances, each read and its binding looked for. Answers: one call by name whose answer describes so many
instances, from JSON to JSON. The *exponent* is how the time grows with the size, from {FROM["documents"]} steps and
{FROM["events"]} resources on: 1 is linear.

{table(["part", "size", "time", "for each", "exponent"], rows)}
"""


def scale_chart(part: dict) -> str:
    line = lambda kind, name: (name, [(row["size"], row[name] / 1000) for row in part[kind]])  # noqa: E731
    return chart.lines("Time as documents and fleets grow (dashed: linear)", [
        ("Documents", "steps", "ms", [line("documents", name) for name in SERIES["documents"]]),
        ("Fleets", "events, or instances in an answer", "ms", [line("events", "recognise"), line("answers", "call")]),
    ])


def scale_claims(parts: dict) -> list[tuple]:
    slopes = {name: slope(parts["scale"][kind], name, FROM[kind]) for kind in SERIES for name in SERIES[kind]}
    worst = max(slopes, key=lambda name: slopes[name])
    return [("time as documents and fleets grow", "linear", f"exponent {slopes[worst]:.2f} at most ({worst})", slopes[worst] <= 1.1)]


# --- cost

ITEMS = {"lambda_time": "Lambda time", "lambda_requests": "invocations", "durable_operations": "durable operations",
         "durable_data": "durable data", "dynamodb": "DynamoDB", "events": "events"}


def cost(part: dict) -> str:
    rows = [[each["runbook"], *(f"{each['items'][name]:.4f}" for name in ITEMS), f"{each['dollars']:.3f}", f"{each['ssm_steps']:.0f}",
             f"{each['ssm_dollars']:.2f}"] for each in part["rows"]]
    prices = part["prices"]
    return f"""US dollars at list prices of {prices["region"]} on {prices["date"]} ([prices.json](../bench/prices.json)), arm64 with
{part["memory_mb"]} MB; {prices["note"][0].lower() + prices["note"][1:]} From the remediations above: time in which the function works or
waits for an answer is billed, suspended time is not. *SSM Automation*: the price of the same steps there, which has no guards,
no look whether it helped and no record in it.

{table(["runbook", *ITEMS.values(), "in all", "steps", "SSM Automation"], rows)}
{"" if any(each["items"]["events"] for each in part["rows"]) else UNCOUNTED}"""


UNCOUNTED = "The event with the outcome, one for each, was not counted in this run.\n"


def cost_claims(parts: dict) -> list[tuple]:
    ratios = [each["ssm_dollars"] / each["dollars"] for each in parts["cost"]["rows"]]
    return [("price beside SSM Automation's for the same steps", "none set", f"1/{times(min(ratios))} to 1/{times(max(ratios))}"
             if min(ratios) > 1 else f"{times(1 / max(ratios))} to {times(1 / min(ratios))} times", True)]


# --- instructions

def instructions(part: dict) -> str:
    rows = [[name, f"{of['total']:,}", f"`{shown(max(of['functions'], key=of['functions'].get))}`" if of["functions"] else "-"] for name, of in part["parts"].items()]
    return f"""Counted by callgrind: hardly different from run to run, whatever else a machine does. CI counts them anew and says what
moved ([instructions.json](../bench/results/instructions.json) is what it compares with); by hand: `make instructions`.

{table(["part", "instructions", "most of it itself"], rows)}
"""


def shown(name: str) -> str:
    return name if len(name) <= 60 else name[:57] + "..."


CLAIMS = {"cold": cold_claims, "size": size_claims, "steps": steps_claims, "remediate": remediate_claims, "scale": scale_claims,
          "cost": cost_claims}
