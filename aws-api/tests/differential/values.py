"""Values for the shapes of a model: made up, but the same each time.

In:    a shape of botocore's model and a seed.
Out:   a value as this project's client takes it (JSON; bytes as {"$base64": ...}).
Never: a random number that is not a function of the seed.
"""
import base64
import random

EDGE_TEXTS = ["a", "hé – 漢字 🦀", "a b+c&d=e%20f", "<tag attr=\"x\">&amp;'", "line\nline", "{\"a\": [1]}", "/sla/sh", "~._-"]
EDGE_ASCII = ["a", "a b+c&d=e%20f", "\"quoted, with commas\"", "k=v;x", "~._-"]
EDGE_DOUBLES = [0.0, -1.5, 1e-7, 1.7976931348623157e308, 123456789.125, 0.1, 1e22, "NaN", "Infinity", "-Infinity"]
EDGE_FLOATS = [0.0, -1.5, 0.51, 0.123456789, 16777216.0, 3.5e4, "NaN", "Infinity", "-Infinity"]
EDGE_TIMES = ["2026-11-22T17:44:05Z", "2026-11-22T17:44:05.250Z", "1969-12-31T23:59:59Z", "2038-01-19T03:14:08+00:00", "2026-11-22T19:14:05+01:30"]
EDGE_BLOBS = [b"\x00\xff\xfe\x80", "hé".encode(), b"a"]
# So many structures make an input; some models go round in circles of circles.
ENOUGH = 500
DOCUMENT = {"text": "hé", "list": [1, 2.5, True, {"deep": "x"}], "number": 9007199254740993}

# What neither side takes in any form: it is part of a host name, or the endpoint rules read it.
SHAPED = {
    "AccountId": "123456789012",
    "SourceRegion": "us-east-1",
    "PredictEndpoint": "https://realtime.machinelearning.eu-west-1.amazonaws.com",
    "Bucket": "my-bucket",
    "ResourceARN": "arn:aws:s3:eu-west-1:123456789012:accesspoint/mine",
    "StreamARN": "arn:aws:kinesis:eu-west-1:123456789012:stream/mine",
    "ConsumerARN": "arn:aws:kinesis:eu-west-1:123456789012:stream/mine/consumer/c:1",
}


class Values:
    """Makes values. `edge`: the odd ones of each type; `full`: all members, not only what is required."""

    def __init__(self, seed, full=False, edge=False, output=False):
        self.random = random.Random(seed)
        self.full, self.edge, self.output = full, edge, output
        self.left = ENOUGH

    def members(self, shape):
        """An object for the outermost structure; {} where there is none."""
        return {} if shape is None else self.structure(shape, [])

    def value(self, shape, above, name=""):
        if shape.name in ("ChecksumAlgorithm", "ChecksumAlgorithmType") and not self.output:
            # The others need a native library beside botocore.
            return self.random.choice(["CRC32", "SHA1", "SHA256"])
        if name in SHAPED and shape.type_name == "string" and not self.output:
            return SHAPED[name]
        return getattr(self, shape.type_name, self.text)(shape, above)

    def structure(self, shape, above):
        if shape.is_document_type:
            return DOCUMENT
        self.left -= 1
        if above.count(shape.name) > 1 or self.left < 0:
            # A shape that contains itself ends here; what it requires has been checked to end too.
            return self.required_only(shape, above)
        above = [*above, shape.name]
        wanted = list(shape.members) if self.full else [m for m in shape.members if m in shape.required_members]
        if shape.is_tagged_union:
            wanted = [self.random.choice(list(shape.members))]
        return {name: self.value(shape.members[name], above, name) for name in wanted}

    def required_only(self, shape, above):
        if above.count(shape.name) > 3:
            return {}
        above = [*above, shape.name]
        wanted = [m for m in shape.members if m in shape.required_members]
        if shape.is_tagged_union:
            # The member that leads out most quickly.
            wanted = sorted(shape.members, key=lambda m: shape.members[m].type_name in ("structure", "list", "map"))[:1]
        return {name: self.value(shape.members[name], above, name) for name in wanted}

    def list(self, shape, above):
        least = shape.metadata.get("min", 0)
        if least == 0 and (shape.name in above or (self.edge and not self.output and self.random.random() < 0.2)):
            return []
        length = max(least, 0 if shape.name in above or self.left < 0 else self.random.choice([1, 2]))
        above = [*above, shape.name]
        if shape.serialization.get("location") == "header" and shape.member.type_name == "string":
            return [self.text(shape.member, above, ascii_only=True) for _ in range(length)]
        return [self.value(shape.member, above) for _ in range(min(length, 50))]

    def map(self, shape, above):
        least = shape.metadata.get("min", 0)
        if least == 0 and (shape.name in above or (self.edge and not self.output and self.random.random() < 0.2)):
            return {}
        above = [*above, shape.name]
        keys = shape.key.enum or [f"Key{i}".ljust(shape.key.metadata.get("min", 0), "k") for i in range(2)]
        header = shape.serialization.get("location") == "headers"
        # The names of headers have no case.
        keys = [key.lower() for key in keys] if header else keys
        values = [self.text(shape.value, above, ascii_only=True) if header else self.value(shape.value, above)
                  for _ in keys[: max(2, least)]]
        return dict(zip(keys, values))

    def text(self, shape, above, ascii_only=False):
        if shape.enum and not self.edge:
            return self.random.choice(shape.enum)
        location = shape.serialization.get("location")
        if shape.serialization.get("jsonvalue") and location == "header":
            return {"json": ["value", 1]}
        if shape.serialization.get("hostLabel"):
            return "label-1"
        texts = ["text"]
        if self.edge:
            texts = EDGE_ASCII if ascii_only or location == "header" else EDGE_TEXTS
        text = self.random.choice(texts)
        least = shape.metadata.get("min", 0)
        if self.edge and least == 0 and location not in ("uri", "header") and not ascii_only and self.random.random() < 0.1:
            return ""
        return text.ljust(min(int(least), 3000), "x")

    string = character = text

    def number(self, shape, low, high):
        least = shape.metadata.get("min", low)
        chosen = self.random.choice([high, max(low, int(least)), 0, -1]) if self.edge else 7
        return max(int(least), chosen)

    def integer(self, shape, _above):
        return self.number(shape, -(2**31), 2**31 - 1)

    def long(self, shape, _above):
        return self.number(shape, -(2**63), 2**63 - 1)

    def floating(self, shape, edges):
        chosen = self.random.choice(edges) if self.edge else 2.5
        least = shape.metadata.get("min")
        if least is not None and (isinstance(chosen, str) or chosen < least):
            return float(least) + 0.5
        # Headers and labels have no agreed form for these three.
        return 2.5 if isinstance(chosen, str) and shape.serialization.get("location") else chosen

    def float(self, shape, _above):
        return self.floating(shape, EDGE_FLOATS)

    def double(self, shape, _above):
        return self.floating(shape, EDGE_DOUBLES)

    def boolean(self, _shape, _above):
        return self.random.choice([True, False])

    def timestamp(self, shape, _above):
        if self.edge and shape.serialization.get("timestampFormat") != "rfc822" and not self.output:
            return self.random.choice(EDGE_TIMES)
        return "2026-11-22T17:44:05Z"

    def blob(self, shape, _above):
        raw = self.random.choice(EDGE_BLOBS) if self.edge else b"bytes"
        if shape.serialization.get("location") == "header":
            raw = b"bytes"
        least = int(shape.metadata.get("min", 0))
        raw = raw.ljust(min(least, 3000), b"x")
        return {"$base64": base64.b64encode(raw).decode()}


def for_botocore(value, shape):
    """The same value as botocore takes it: bytes as bytes, the three odd numbers as floats."""
    if shape is None or value is None:
        return value
    kind = shape.type_name
    if kind == "structure" and isinstance(value, dict) and not shape.is_document_type:
        return {k: for_botocore(v, shape.members[k]) if k in shape.members else v for k, v in value.items()}
    if kind == "list" and isinstance(value, list):
        return [for_botocore(v, shape.member) for v in value]
    if kind == "map" and isinstance(value, dict):
        return {k: for_botocore(v, shape.value) for k, v in value.items()}
    if kind == "blob" and isinstance(value, dict) and set(value) == {"$base64"}:
        return base64.b64decode(value["$base64"])
    if kind in ("float", "double") and value in ("NaN", "Infinity", "-Infinity"):
        return float(value)
    return value
