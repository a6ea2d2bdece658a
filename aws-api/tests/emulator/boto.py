"""Plays a scenario with boto3 against an emulator of its own, and keeps the emulator for who plays it next.

Standard input: the scenario, one line of JSON. Standard output, a line of JSON each: the emulator's endpoint, with what
boto3 was answered; then, when a line arrives on standard input, {} once the emulator has forgotten everything and makes
the same ids again. Ends with its standard input.

A time is written {"$time": true}: the two runs differ in nothing but the clock.
"""

import base64
import datetime
import json
import sys
import urllib.request

import boto3
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import ClientError
from moto.server import ThreadedMotoServer

REGION = "eu-west-1"


def main() -> None:
    scenario = json.loads(sys.stdin.readline())
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    # Once for nothing: services that exist already are forgotten in another way than those that never did.
    play(scenario, endpoint)
    anew(endpoint)
    say({"endpoint": endpoint, "answers": play(scenario, endpoint)})
    for _ in sys.stdin:
        anew(endpoint)
        say({})
    server.stop()


def anew(endpoint: str) -> None:
    """Forgets everything; the ids made from now on are those made the first time."""
    for path in ("reset", "seed?a=42"):
        urllib.request.urlopen(urllib.request.Request(f"{endpoint}/moto-api/{path}", method="POST"))


def play(scenario: list, endpoint: str) -> list:
    session = boto3.session.Session("AKID", "SECRET", region_name=REGION)
    config = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"})
    clients, answers = {}, []
    for step in scenario:
        service = step["service"]
        if service not in clients:
            clients[service] = session.client(service, endpoint_url=endpoint, config=config)
        given = filled(step["input"], answers)
        try:
            answer = getattr(clients[service], xform_name(step["api"]))(**given)
            answers.append(plain({key: value for key, value in answer.items() if key != "ResponseMetadata"}))
        except ClientError as error:
            answers.append({"$error": error.response["Error"]["Code"]})
    return answers


def filled(value, answers):
    """The input with `$3/Vpc/VpcId` replaced by what the third answer (from 0) has there."""
    if isinstance(value, dict):
        return {key: filled(part, answers) for key, part in value.items()}
    if isinstance(value, list):
        return [filled(part, answers) for part in value]
    if isinstance(value, str) and value.startswith("$") and "/" in value:
        number, *path = value[1:].split("/")
        found = answers[int(number)]
        for key in path:
            found = found[int(key)] if isinstance(found, list) else found[key]
        return found
    return value


def plain(value):
    if isinstance(value, dict):
        return {key: plain(part) for key, part in value.items()}
    if isinstance(value, list):
        return [plain(part) for part in value]
    if isinstance(value, datetime.datetime):
        return {"$time": True}
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if hasattr(value, "read"):
        return base64.b64encode(value.read()).decode()
    return value


def say(value) -> None:
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
