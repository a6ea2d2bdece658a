#!/usr/bin/env python3
"""Asks botocore and this project's client the same questions, and compares what they send and what they make of answers.

In:    on standard input, the client's answers, one JSON object a line (see main.rs); a selection of operations.
Out:   on standard output, the questions; on standard error and in --report, what was compared and what differs.
Never: a network, a credential, a random choice that another run would not make.

usage: differential.py --report FILE (--all | --some N) [--service NAME ...]
"""
import argparse
import collections
import json
import pathlib
import queue
import sys
import threading

import answers
import compare
from oracle import Oracle
from values import Values, for_botocore

# name: (full, edge)
INPUTS = {"required": (False, False), "all": (True, False), "edge": (True, True)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--report", type=pathlib.Path, required=True)
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--all", action="store_true")
    which.add_argument("--some", type=int, metavar="N", help="about N operations over all protocols")
    parser.add_argument("--service", action="append", default=[])
    arguments = parser.parse_args()
    client, report = Client(), Report()
    for service, api_filter in selection(arguments):
        compare_service(service, api_filter, client, report)
    if not arguments.service and report.protocols != PROTOCOLS:
        sys.exit(f"differential.py: compared {sorted(report.protocols)}, of {sorted(PROTOCOLS)}")
    arguments.report.write_text(json.dumps(report.summary(), indent=1, ensure_ascii=False) + "\n")


def selection(arguments):
    """(service, how to choose its operations), always the same."""
    names = arguments.service or sorted(Oracle.names())
    if arguments.all:
        return [(name, lambda apis: apis) for name in names]
    # A few services of every protocol whose clients are made quickly, and those with rows of their own.
    chosen = [n for n in names if n in SOME] if not arguments.service else names
    each = max(1, arguments.some // max(1, len(chosen)))
    return [(name, lambda apis: apis[:: max(1, len(apis) // each)][:each]) for name in chosen]


SOME = {
    "apigateway", "autoscaling", "cloudformation", "cloudfront", "cloudsearchdomain", "cloudwatch", "config", "docdb",
    "dynamodb", "ec2", "ecs", "elbv2", "eventbridgev2", "events", "glacier", "glue", "iam", "iot-data", "kms", "lambda",
    "lex-models", "logs", "machinelearning", "neptune", "rds", "route53", "s3", "s3control", "secretsmanager", "sns", "sqs",
    "ssm", "sso-oidc", "stepfunctions", "sts", "arc-region-switch", "cost-optimization-hub",
}

# As the client tells them apart: aws-api/src/protocol/kind.rs.
PROTOCOLS = {"json 1.0", "json 1.1", "rest-json", "rest-xml", "query", "ec2", "smithy-rpc-v2-cbor"}


def spoken(model):
    """The protocol of a service; the two versions of JSON are two."""
    protocol = model.resolved_protocol
    return f"json {model.metadata['jsonVersion']}" if protocol == "json" else protocol


class Client:
    """The other side of the pipe. It is read by a thread, so that neither side waits for the other to read."""

    def __init__(self):
        self.lines = queue.Queue()
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in sys.stdin:
            self.lines.put(line)
        self.lines.put(None)

    def ask(self, questions):
        for question in questions:
            sys.stdout.write(json.dumps(question) + "\n")
        sys.stdout.flush()
        for _ in questions:
            line = self.lines.get()
            if line is None:
                sys.exit("differential.py: the client went away")
            yield json.loads(line)


class Report:
    def __init__(self):
        self.counts = collections.Counter()
        self.differences, self.operations, self.unequal, self.protocols = [], 0, set(), set()

    def add(self, case, found):
        self.counts["cases"] += 1
        for what in found:
            self.unequal.add((case["service"], case["api"]))
            self.differences.append({**{k: case[k] for k in ("service", "api", "case", "protocol")}, "difference": what,
                                     "input": case["input"]})

    def summary(self):
        return {"operations": self.operations, "unequal": len(self.unequal), "counts": dict(self.counts),
                "differences": self.differences}


def compare_service(service, chosen, client, report):
    oracle = Oracle(service)
    cases = []
    for api in chosen(sorted(oracle.model.operation_names)):
        operation = oracle.model.operation_model(api)
        if operation.has_event_stream_input or operation.has_event_stream_output:
            report.counts["operations with event streams, refused"] += 1
            continue
        report.operations += 1
        report.protocols.add(spoken(oracle.model))
        cases += list(cases_of(service, oracle.model.resolved_protocol, operation))
    for case, ours in zip(cases, client.ask([question(case) for case in cases])):
        report.add(case, differences(case, oracle, ours))


def cases_of(service, protocol, operation):
    base = {"service": service, "api": operation.name, "protocol": protocol, "operation": operation}
    seed = f"{service}/{operation.name}"
    for name, (full, edge) in INPUTS.items():
        given = Values(f"{seed}/{name}", full, edge).members(operation.input_shape)
        value = Values(f"{seed}/{name}/output", full=name != "required", edge=edge, output=True).members(operation.output_shape)
        yield {**base, "case": name, "input": given, "answer": answers.output(protocol, operation, value)}
    given = Values(f"{seed}/required").members(operation.input_shape)
    yield {**base, "case": "error", "input": given, "answer": failure(protocol, operation, seed)}
    for name, wrong in invalid(operation, seed):
        yield {**base, "case": name, "input": wrong, "answer": answers.output(protocol, operation, {})}


def failure(protocol, operation, seed):
    """An error that the model knows, where it knows one."""
    # botocore answers an invalid endpoint by asking again, without an end.
    shapes = [shape for shape in operation.error_shapes if shape.name != "InvalidEndpointException"]
    shape = shapes[-1] if shapes else None
    if shape is None:
        return answers.error(protocol, operation, None, "SomethingIsWrong", "It is <wrong> & bad", {})
    value = Values(f"{seed}/error", full=True, output=True).members(shape)
    return answers.error(protocol, operation, shape, shape.error_code or shape.name, "It is <wrong> & bad", value)


def invalid(operation, seed):
    """Inputs with one thing wrong each."""
    shape = operation.input_shape
    good = Values(f"{seed}/required").members(shape)
    yield "unknown member", {**good, "NoSuchMember": 1}
    if shape is None:
        return
    # Tokens are filled, and so is the account of glacier.
    filled = {*operation.idempotent_members, "accountId"}
    for name in [name for name in shape.required_members if name not in filled][:1]:
        yield "missing member", {k: v for k, v in good.items() if k != name}
    for name, member in list(shape.members.items())[:3]:
        wrong = wrong_type(member)
        if wrong is not None:
            yield "wrong type", {**good, name: wrong}
    for name, member in shape.members.items():
        if member.metadata.get("min", 0) and member.type_name in ("string", "list", "integer"):
            yield "below minimum", {**good, name: {"string": "", "list": [], "integer": int(member.metadata["min"]) - 1}[member.type_name]}
            return


def wrong_type(shape):
    kind = shape.type_name
    if shape.serialization.get("jsonvalue") or (kind == "structure" and shape.is_document_type):
        return None
    return {"string": 1, "integer": "1", "long": "1", "boolean": "true", "list": {}, "map": [], "structure": "text",
            "float": "1.0", "double": "1.0", "blob": 1, "timestamp": "no time"}.get(kind)


def question(case):
    return {**{k: case[k] for k in ("service", "api", "input")}, "answer": case["answer"].wire()}


def differences(case, oracle, ours):
    shape = case["operation"].input_shape
    request, (kind, theirs) = oracle.call(case["api"], for_botocore(case["input"], shape), case["answer"])
    # botocore's handlers run before its validation, and let Python's own errors through.
    kind = "refused" if kind == "failed" and request is None else kind
    if kind in ("refused", "failed") or "refused" in ours:
        if kind == "refused" and "refused" in ours:
            return []
        return [f"verdict: botocore {kind}: {compare.clipped(theirs)}; client: {compare.clipped(ours.get('refused'))}"]
    if case["case"] in ("unknown member", "missing member", "wrong type", "below minimum"):
        return [f"verdict: both took an input with {case['case']}"]
    if ours.get("request") is None:
        return ["request: nothing was sent"]
    found = compare.requests(case["protocol"], request, ours["request"])
    if kind == "output":
        if "output" not in ours:
            return [*found, f"result: an output is {compare.clipped({k: v for k, v in ours.items() if k != 'request'})}"]
        return found + compare.results(case["operation"].output_shape, theirs, ours["output"])
    if "error" not in ours:
        return [*found, f"error: {compare.clipped(theirs)} is {compare.clipped(ours.get('output'))}"]
    return found + errors(case["operation"], theirs, ours["error"])


def errors(operation, theirs, ours):
    """Differences of two errors: code, message, status, request id, further members."""
    found, said, meta = [], theirs["Error"], theirs["ResponseMetadata"]
    for name, a, b in [
        ("code", said.get("Code"), ours["code"]),
        ("message", said.get("Message") or "", ours["message"]),
        ("status", meta.get("HTTPStatusCode"), ours["status"]),
        ("request id", meta.get("RequestId"), ours["request_id"]),
    ]:
        if a != b:
            found.append(f"error {name}: {a!r} is {b!r}")
    shape = next((s for s in operation.error_shapes if (s.error_code or s.name) == said.get("Code")), None)
    fields = {k: v for k, v in theirs.items() if k not in ("Error", "ResponseMetadata")}
    return found + [f"error field {d}" for d in compare.results(shape, fields, ours["fields"])]


if __name__ == "__main__":
    main()
