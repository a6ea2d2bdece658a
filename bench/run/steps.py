"""A runbook of 50 calls with branches and a loop: this engine, the bare calls, cdk-ssm-documents' simulation.

Comes in: the local world. Goes out: medians of alternated rounds, all against the same emulator. Never: other calls for
one of them; the world's journal says how many there were. The simulation knows no loop: there it is written out.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import tempfile
from pathlib import Path

from . import machine
from .account import REGION, World
from .places import PEER_NODE, ROOT, TARGET, Problem, keep

ROUNDS = 20
NODE_ROUNDS = 3
BEFORE, TURNS = 40, 5
NAME = "/bench/name"
ANSWERS = {
    "GetParameter": {"Parameter": {"Name": NAME, "Type": "String", "Value": "shop", "Version": 1}},
    "PutParameter": {"Version": 2, "Tier": "Standard"},
    "DescribeInstances": {"Reservations": [{"Instances": [{"State": {"Name": "running"}}]}]},
    "GetUser": {"User": {"UserName": "sam", "Path": "/"}},
}


def calls(instance: str) -> list[dict]:
    """Four calls that take turns: three reads, of which outputs are taken, and a write."""
    return [
        {"service": "ssm", "api": "GetParameter", "input": {"Name": NAME},
         "outputs": [{"name": "Value", "selector": "$.Parameter.Value"}]},
        {"service": "ec2", "api": "DescribeInstances", "input": {"InstanceIds": [instance]},
         "outputs": [{"name": "State", "selector": "$.Reservations[0].Instances[0].State.Name"}]},
        {"service": "iam", "api": "GetUser", "input": {"UserName": "sam"},
         "outputs": [{"name": "Path", "selector": "$.User.Path"}]},
        {"service": "ssm", "api": "PutParameter", "input": {"Name": NAME, "Value": "shop", "Type": "String", "Overwrite": True}},
    ]


def flat(instance: str) -> list[dict]:
    """All 50 steps one after the other, with a branch after every ten: what the simulation is given."""
    kinds, steps, last = calls(instance), [], None
    for number in range(BEFORE + 2 * TURNS):
        kind = kinds[number % 4] if number < BEFORE else kinds[number % 2]
        step = {**kind, "name": f"call{number}", "plain": kind["input"], "answer": ANSWERS[kind["api"]]}
        if kind["api"] == "PutParameter" and last:
            step["input"] = {**kind["input"], "Value": f"{{{{ {last}.Value }}}}"}
        if kind["api"] == "GetParameter":
            last = step["name"]
        steps.append(step)
        if number < BEFORE and number % 10 == 9:
            steps.append({"name": f"branch{number}", "branch": f"{last}.Value", "equals": "shop", "next": f"call{number + 1}"})
    return steps


def runbook(instance: str) -> str:
    """The same 50 calls: 40 with four branches, then a loop of five turns of two."""
    steps = [step for step in flat(instance)]
    turn = [step for step in steps if step["name"] in (f"call{BEFORE}", f"call{BEFORE + 1}")]
    straight = [step for step in steps if not step["name"].startswith("call") or int(step["name"][4:]) < BEFORE]
    written = [branch(step, "turns" if step["next"] == f"call{BEFORE}" else step["next"]) if "branch" in step else api(step)
               for step in straight]
    body = [api(step) for step in turn]
    loop = {"name": "turns", "action": "aws:loop", "isEnd": True, "inputs": {
        "Iterators": [str(turn) for turn in range(TURNS)], "IteratorDataType": "String", "Steps": body}}
    document = {"schemaVersion": "0.3", "description": "A measurement.", "mainSteps": [*written, loop]}
    return json.dumps(document, indent=1)


def api(step: dict) -> dict:
    outputs = [{"Name": each["name"], "Selector": each["selector"], "Type": "String"} for each in step.get("outputs", [])]
    inputs = {"Service": step["service"], "Api": step["api"], **step["input"]}
    return {"name": step["name"], "action": "aws:executeAwsApi", "inputs": inputs, **({"outputs": outputs} if outputs else {})}


def branch(step: dict, to: str) -> dict:
    choice = {"NextStep": to, "Variable": f"{{{{ {step['branch']} }}}}", "StringEquals": step["equals"]}
    return {"name": step["name"], "action": "aws:branch", "inputs": {"Choices": [choice], "Default": to}}


def main(rounds: int = ROUNDS, node_rounds: int = NODE_ROUNDS) -> None:
    program = TARGET / "measured/steps"
    if not program.exists():
        raise Problem("it is not built; run `cargo build --profile measured -p perf`")
    with World() as world, tempfile.TemporaryDirectory() as folder:
        instance = world.machine("web-1")
        world.client("ssm").put_parameter(Name=NAME, Value="shop", Type="String")
        world.client("iam").create_user(UserName="sam")
        place, steps = Path(folder), flat(instance)
        (place / "runbook.json").write_text(runbook(instance))
        (place / "calls.json").write_text(json.dumps([{**step, "input": step["plain"]} for step in steps if "api" in step]))
        (place / "steps.json").write_text(json.dumps(steps))
        environment = {
            "PATH": os.environ["PATH"], "AWS_ENDPOINT_URL": world.url, "AWS_REGION": REGION, "AWS_ACCESS_KEY_ID": "bench",
            "AWS_SECRET_ACCESS_KEY": "local", "AWS_EC2_METADATA_DISABLED": "true", "HOME": folder,
        }
        ours = counted(world, 2 * (rounds + 1), [str(program), str(place / "runbook.json"), str(place / "calls.json"), str(rounds)],
                       environment, Path(folder))
        script = ROOT / "bench/peers/cdk/simulate.mjs"
        theirs = counted(world, 2 * (node_rounds + 1), ["node", str(script), str(place / "steps.json"), str(node_rounds)],
                         environment, PEER_NODE)
    keep("steps", {"machine": machine.facts(), "calls": len([step for step in steps if "api" in step]),
                   "kintsugi": middle(ours), "cdk": middle(theirs)})


def counted(world: World, times: int, command: list[str], environment: dict[str, str], folder: Path) -> list[dict]:
    """Runs it, and sees to it that exactly so many calls were made."""
    before = journal(world)
    done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True)
    if done.returncode != 0:
        raise Problem(f"{command[0]} failed:\n{done.stdout[-2000:]}{done.stderr[-3000:]}")
    made = journal(world) - before
    expected = times * (BEFORE + 2 * TURNS)
    if made != expected:
        raise Problem(f"{command[0]} made {made} calls instead of {expected}")
    # The threads of the simulation print what they do.
    return json.loads(done.stdout.strip().splitlines()[-1])["rounds"]


def journal(world: World) -> int:
    import urllib.request
    with urllib.request.urlopen(f"{world.url}/_world/journal?caller=bench") as answer:
        return len(json.load(answer)["calls"])


def middle(rounds: list[dict]) -> dict:
    """Medians. The overhead is that of each pair of rounds: what happens to both falls out."""
    def wall(each: object) -> float:
        return each["ms"] if isinstance(each, dict) else each

    done = {"rounds": len(rounds)}
    for name in rounds[0]:
        done[f"{name}_ms"] = round(statistics.median(wall(each[name]) for each in rounds), 2)
        if isinstance(rounds[0][name], dict):
            done[f"{name}_cpu_ms"] = round(statistics.median(each[name]["cpu_ms"] for each in rounds), 3)
    done["overhead_ms"] = round(statistics.median(wall(each["engine"]) - wall(each["floor"]) for each in rounds), 3)
    return done
