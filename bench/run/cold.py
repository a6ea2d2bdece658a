"""Cold starts: from the start of a process to its first call of AWS, and to the first finished decision.

Comes in: the binaries as they are deployed, the same work in Python with boto3, Cloud Custodian. Goes out: medians of
alternated runs. Never: a run whose answer is not the expected one.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import tempfile
import time
from pathlib import Path

from . import machine
from .account import REGION, World, environment
from .contest import NUMBER, Contestant, Run, run
from .lambda_api import Runtime
from .places import MODELS, PEER_PYTHON, ROOT, Problem, binary, keep, kept
from .wire import Wire, authority, watch

ROUNDS = 20
WARM = 3
HANDLERS = ROOT / "bench/peers/boto3"
RULE = "no-public-buckets"
ORDER = ("resize-on-cpu-alarm", "fix-config-drift", "run-runbook", "open-ticket", "decide-approval")
WHO = ("kintsugi", "boto3", "c7n")
# c7n's own words for the event and the finding that run-runbook handles.
POLICY = {
    "name": "restore-bucket-block", "resource": "aws.s3",
    "mode": {"type": "cloudtrail", "role": "arn:aws:iam::123456789012:role/custodian", "events": [
        {"source": "s3.amazonaws.com", "event": "DeleteBucketPublicAccessBlock", "ids": "requestParameters.bucketName"}]},
    "filters": [{"tag:kintsugi:remediate": "true"}, {"type": "check-public-block"}],
}


def main(only: str = "", rounds: int = ROUNDS) -> None:
    with World() as world, tempfile.TemporaryDirectory() as folder:
        contestants = asyncio.run(measure(world, Path(folder), rounds, only))
    if only:
        # One function anew, the others as they were.
        before = (kept("cold") or {"contestants": []})["contestants"]
        contestants += [each for each in before if each["function"] != only]
    contestants.sort(key=lambda each: (ORDER.index(each["function"]), WHO.index(each["who"])))
    keep("cold", {"machine": machine.facts(), "rounds": rounds, "contestants": contestants})


async def measure(world: World, folder: Path, rounds: int, only: str) -> list[dict]:
    tls, bundle = authority(folder)
    runtime, wire = Runtime(), Wire()
    await runtime.start()
    _, port = await watch(wire, *world.address, tls)
    changes = {
        "AWS_ENDPOINT_URL": f"https://127.0.0.1:{port}", "AWS_ENDPOINT_URL_LAMBDA": f"https://127.0.0.1:{port}",
        "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{runtime.port}", "KINTSUGI_MODELS": str(MODELS),
        "SSL_CERT_FILE": str(bundle), "AWS_CA_BUNDLE": str(bundle),
    }
    contestants = await asyncio.to_thread(enter, world, changes, folder, only)
    runs: dict[tuple[str, str], list[Run]] = {}
    for _ in range(rounds):
        for one in contestants:
            await asyncio.to_thread(world.forget)
            log = folder / f"{one.function}-{one.who}.log"
            done = await run(one, runtime, wire, log, WARM, world.forget)
            check(one, done, log)
            runs.setdefault((one.function, one.who), []).append(done)
    return [said(*key, of) for key, of in runs.items()]


def enter(world: World, changes: dict[str, str], folder: Path, only: str) -> list[Contestant]:
    """Furnishes the account, and names who handles what."""
    instance = world.machine("web-1")
    world.bucket("shop-exports")
    world.rule(RULE, "S3_BUCKET_PUBLIC_READ_PROHIBITED", "AWS::S3::Bucket")
    events = {
        "resize-on-cpu-alarm": event("cloudwatch/alarm-eventbridge.json", "web-1-cpu", instance),
        "fix-config-drift": event("config/bucket-not-compliant.json"),
        "run-runbook": event("cloudtrail/bucket-block-deleted.json"),
        "open-ticket": event("cloudwatch/alarm-unbound.json", f"queue-{NUMBER.decode()}"),
        "decide-approval": json.dumps(page()).encode(),
    }
    wait(world)
    entered = []
    for function in [name for name in ORDER if only in ("", name)]:
        sent = events[function]
        settings = environment(world.settings(function), changes)
        settings["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] = "256"
        entered.append(Contestant("kintsugi", function, [str(binary(function, "x86_64"))], settings, sent))
        handler = {**settings, "PYTHONPATH": str(HANDLERS)}
        command = [str(PEER_PYTHON), "-m", "awslambdaric", f"{function.replace('-', '_')}.handler"]
        entered.append(Contestant("boto3", function, command, handler, sent, HANDLERS))
        if function == "run-runbook":
            entered.append(custodian(settings, folder, sent))
    return entered


def custodian(settings: dict[str, str], folder: Path, sent: bytes) -> Contestant:
    """Cloud Custodian as it deploys itself: a policy in config.json, a handler of two lines."""
    place = folder / "c7n"
    place.mkdir()
    (place / "config.json").write_text(json.dumps({"execution-options": {"account_id": "123456789012"}, "policies": [POLICY]}))
    (place / "custodian_policy.py").write_text(
        "from c7n import handler\n\n\ndef run(event, context):\n    return handler.dispatch_event(event, context)\n")
    command = [str(PEER_PYTHON), "-m", "awslambdaric", "custodian_policy.run"]
    return Contestant("c7n", "run-runbook", command, {**settings, "PYTHONPATH": str(place), "HOME": str(place)}, sent, place)


def event(file: str, alarm: str | None = None, instance: str | None = None) -> bytes:
    """An example event, about what is in the account."""
    sent = json.loads((ROOT / "events" / file).read_text())
    detail = sent["detail"]
    if alarm:
        detail["alarmName"] = alarm
        sent["resources"] = [f"arn:aws:cloudwatch:{REGION}:123456789012:alarm:{alarm}"]
    if instance:
        detail["configuration"]["metrics"][0]["metricStat"]["metric"]["dimensions"]["InstanceId"] = instance
    return json.dumps(sent).encode()


def page() -> dict:
    """Somebody opens a link that was not signed by us."""
    token = "eyJhcHByb3ZhbCI6ImEifQ.c2lnbmVk"
    return {
        "version": "2.0", "routeKey": "$default", "rawPath": "/", "rawQueryString": f"token={token}", "headers": {},
        "queryStringParameters": {"token": token}, "isBase64Encoded": False,
        "requestContext": {"accountId": "anonymous", "apiId": "bench", "domainName": "127.0.0.1", "http": {
            "method": "GET", "path": "/", "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": "bench"}},
    }


def wait(world: World) -> None:
    """Until the alarm rings and the rule has been evaluated."""
    for _ in range(400):
        alarms = world.client("cloudwatch").describe_alarms(AlarmNames=["web-1-cpu"])["MetricAlarms"]
        found = world.client("config").get_compliance_details_by_config_rule(
            ConfigRuleName=RULE, ComplianceTypes=["NON_COMPLIANT"])["EvaluationResults"]
        if alarms and alarms[0]["StateValue"] == "ALARM" and found:
            time.sleep(5)
            return
        time.sleep(0.1)
    raise Problem("the alarm does not ring, or the rule finds nothing")


def check(one: Contestant, done: Run, log: Path) -> None:
    """Whether the decision is the one that the account asks for."""
    answer = json.loads(done.answer)
    if one.who == "c7n":
        good = answer is True and "Filtered resources 1 of 1" in log.read_text()
    elif one.function == "open-ticket":
        good = answer["status"] == "Ticketed"
    elif one.function == "decide-approval":
        good = answer["statusCode"] in (400, 403, 404)
    else:
        good = answer["outcome"]["status"] == "Planned"
    if not good:
        raise Problem(f"{one.who} for {one.function} answered {done.answer.decode()[:2000]}\n{log.read_text()[-3000:]}")


def said(function: str, who: str, runs: list[Run]) -> dict:
    def middle(values) -> float:
        return round(statistics.median(values), 2)

    def spread(values) -> list[float]:
        return [round(value, 2) for value in statistics.quantiles(values, n=4)[::2]] if len(values) > 1 else []

    warm = [each for run in runs for each in run.warm]
    decided = [run.decided for run in runs]
    return {
        "function": function, "who": who, "runs": len(runs), "calls": runs[-1].calls,
        "connections": int(middle(run.connections for run in runs)),
        "ready_ms": middle(run.ready for run in runs),
        "first_call_ms": middle(run.first_call for run in runs) if all(run.first_call for run in runs) else None,
        "decided_ms": middle(decided), "decided_quartiles_ms": spread(decided),
        "own_ms": middle(run.decided - run.in_calls for run in runs),
        "cpu_ms": middle(run.cpu for run in runs), "peak_kb": int(middle(run.peak for run in runs)),
        "warm": {
            "runs": len(warm), "decided_ms": middle(each["decided"] for each in warm),
            "own_ms": middle(each["decided"] - each["in_calls"] for each in warm),
            "cpu_ms": middle(each["cpu"] for each in warm), "calls": int(middle(each["calls"] for each in warm)),
        } if warm else None,
    }
