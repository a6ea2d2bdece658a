"""The local world for a measurement: started, furnished with faults, and forgotten between two runs.

Comes in: the binaries of the functions. Goes out: addresses, settings, a boto3 session. Never: a state that the world
is merely told; faults are made in its account.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path

import boto3

from .places import ROOT, TARGET, Problem

REGION = "eu-west-1"
IMAGE = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
TABLE = "kintsugi-GuardTable"


class World:
    """The local world, running in observe mode; ends with the `with` block."""

    def __init__(self, binaries: Path | None = None) -> None:
        self.binaries = binaries or TARGET / "debug"

    def __enter__(self) -> World:
        program = TARGET / "debug/world"
        if not program.exists():
            raise Problem("the local world is not built; run `cargo build --workspace`")
        self.said = tempfile.TemporaryFile("w+")
        command = [str(program), "--mode", "observe", "--binaries", str(self.binaries)]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=self.said, stderr=subprocess.STDOUT)
        self.url = self.until(r"AWS_ENDPOINT_URL=(\S+)")
        self.logs = Path(self.until(r"logs +(\S+)"))
        return self

    def __exit__(self, *_: object) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()

    def until(self, pattern: str) -> str:
        for _ in range(1200):
            self.said.seek(0)
            text = self.said.read()
            if found := re.search(pattern, text):
                return found[1]
            if self.process.poll() is not None:
                raise Problem(f"the local world did not start:\n{text}")
            time.sleep(0.05)
        raise Problem("the local world did not start within a minute")

    @property
    def address(self) -> tuple[str, int]:
        host, port = self.url.removeprefix("http://").split(":")
        return host, int(port)

    def client(self, service: str):
        return boto3.client(service, endpoint_url=self.url, region_name=REGION, aws_access_key_id="operator",
                            aws_secret_access_key="local")

    def settings(self, function: str) -> dict[str, str]:
        """What the world gives a function as its environment, which is what the template says."""
        for environ in Path("/proc").glob("[0-9]*/environ"):
            try:
                pairs = dict(pair.split("=", 1) for pair in environ.read_text().split("\0") if "=" in pair)
            except (OSError, UnicodeDecodeError):
                continue
            if pairs.get("AWS_LAMBDA_FUNCTION_NAME") == function and pairs.get("AWS_ENDPOINT_URL") == self.url:
                return pairs
        raise Problem(f"the world runs no {function}")

    def tell(self, method: str, page: str, body: object) -> None:
        request = urllib.request.Request(f"{self.url}/_world/{page}", json.dumps(body).encode(), method=method,
                                         headers={"content-type": "application/json"})
        urllib.request.urlopen(request).close()

    def machine(self, name: str) -> str:
        """A busy instance, opted in, whose CPU alarm rings."""
        image = self.client("ssm").get_parameter(Name=IMAGE)["Parameter"]["Value"]
        tags = [{"Key": "Name", "Value": name}, {"Key": "kintsugi:remediate", "Value": "true"}]
        made = self.client("ec2").run_instances(
            ImageId=image, InstanceType="m5.large", MinCount=1, MaxCount=1,
            TagSpecifications=[{"ResourceType": "instance", "Tags": tags}],
        )
        instance = made["Instances"][0]["InstanceId"]
        self.tell("PUT", f"loads/{instance}", {"vcpus": 1.84})
        self.client("cloudwatch").put_metric_alarm(
            AlarmName=f"{name}-cpu", Namespace="AWS/EC2", MetricName="CPUUtilization", Statistic="Average",
            Dimensions=[{"Name": "InstanceId", "Value": instance}], Period=60, EvaluationPeriods=1, Threshold=80,
            ComparisonOperator="GreaterThanThreshold",
        )
        return instance

    def bucket(self, name: str) -> None:
        """A bucket, opted in, without its public access block and readable by everybody."""
        s3 = self.client("s3")
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
        s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": [{"Key": "kintsugi:remediate", "Value": "true"}]})
        s3.delete_public_access_block(Bucket=name)
        statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{name}/*"}
        s3.put_bucket_policy(Bucket=name, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))

    def rule(self, name: str, identifier: str, kind: str) -> None:
        self.client("config").put_config_rule(ConfigRule={
            "ConfigRuleName": name, "Source": {"Owner": "AWS", "SourceIdentifier": identifier},
            "Scope": {"ComplianceResourceTypes": [kind]},
        })

    def forget(self) -> None:
        """Empties the guard table: the next event is the first of its kind again."""
        table = self.client("dynamodb")
        for item in table.scan(TableName=TABLE, ProjectionExpression="pk").get("Items", []):
            table.delete_item(TableName=TABLE, Key={"pk": item["pk"]})


def environment(settings: dict[str, str], changes: dict[str, str]) -> dict[str, str]:
    """What a process of a measurement sees: a function's settings, and nothing of the user's own but the path."""
    return {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", **settings, **changes}
