"""Whether two requests are the same on the wire, and two results the same to a caller.

In:    botocore's prepared request and ours; botocore's result and ours.
Out:   the differences, each as one line that begins with its class.
Never: an exclusion without its reason.
"""
import base64
import datetime
import hashlib
import io
import itertools
import json
import math
import re
import urllib.parse
import zlib
import xml.etree.ElementTree

import botocore.exceptions
import botocore.parsers

# Headers that are not compared, and why.
EXCLUDED = {
    "user-agent": "each SDK names itself",
    "x-amz-user-agent": "each SDK names itself",
    "authorization": "the signature depends on the clock; Region and service in it are compared",
    "x-amz-date": "the clock",
    "date": "the clock",
    "host": "compared as part of the URL",
    "content-length": "follows from the body",
    "connection": "the HTTP library's",
    "accept-encoding": "the HTTP library's",
    "transfer-encoding": "how a streamed body travels; the body is compared decoded",
    "x-amz-decoded-content-length": "how a streamed body travels; the body is compared decoded",
    "x-amz-trailer": "how a streamed body travels; the checksum in the trailer is compared as a header",
    "expect": "how a streamed body travels",
    "x-amz-content-sha256": "how the body is signed (its hash, or unsigned because a checksum follows)",
    "amz-sdk-invocation-id": "random",
    "amz-sdk-request": "counts attempts; both make one",
    "x-amzn-trace-id": "set from the environment of a Lambda function",
    "amz-sdk-checksum-trailer": "how a streamed body travels",
}
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
TIME = re.compile(r"(\d\d:\d\d:\d\d)\.(\d*?)0*Z")
# With a fraction, an exponent, or more digits than any whole number of a model has.
NUMBER = re.compile(r"-?\d+(\.\d+(e[+-]?\d+)?|e[+-]?\d+)|-?\d{20,}|-?0")
SCOPE = re.compile(r"Credential=[^/]+/\d{8}/([^,]+)/aws4_request")


def requests(protocol, theirs, ours):
    """Differences of two requests."""
    found = []
    wanted, made = of_botocore(theirs), of_client(ours)
    for part in ("method", "host", "path", "query", "scope"):
        if wanted[part] != made[part]:
            found.append(f"{part}: {wanted[part]!r} is {made[part]!r}")
    for name in sorted(set(wanted["headers"]) | set(made["headers"])):
        a, b = wanted["headers"].get(name), made["headers"].get(name)
        # botocore sends XML and raw bytes without a content type; AWS's other SDKs name it, and services take both.
        if a != b and not (name == "content-type" and a is None):
            found.append(f"header {name}: {a!r} is {b!r}")
    return found + [f"body {d}" for d in bodies(meaning(protocol, wanted), meaning(protocol, made))]


def bodies(theirs, ours, path=""):
    """Where two parsed bodies differ: a few lines, not both of them."""
    if theirs == ours:
        return []
    if isinstance(theirs, dict) and isinstance(ours, dict):
        names = [*theirs, *(n for n in ours if n not in theirs)]
        return [d for n in names for d in bodies(theirs.get(n, "nothing"), ours.get(n, "nothing"), f"{path}.{n}")]
    if isinstance(theirs, list) and isinstance(ours, list) and theirs and isinstance(theirs[0], tuple):
        return [f"{path} {clipped([p for p in theirs if p not in ours])} is {clipped([p for p in ours if p not in theirs])}"]
    if isinstance(theirs, tuple) and isinstance(ours, tuple) and len(theirs) == len(ours) == 4 and theirs[:3] == ours[:3]:
        pairs = itertools.zip_longest(theirs[3], ours[3], fillvalue="nothing")
        return [d for a, b in pairs for d in bodies(a, b, f"{path}/{theirs[0].split('}')[-1]}")][:5]
    return [f"{path}: {clipped(theirs)} is {clipped(ours)}"]


def of_botocore(request):
    headers = {}
    for name, value in request.headers.items():
        headers[name.lower()] = value.decode() if isinstance(value, bytes) else str(value)
    body = request.body or b""
    if hasattr(body, "read"):
        body = body.read()
    return parts(request.method, request.url, headers, body.encode() if isinstance(body, str) else bytes(body))


def of_client(request):
    headers = {}
    for name, value in request["headers"]:
        name = name.lower()
        headers[name] = f"{headers[name]},{value}" if name in headers else value
    return parts(request["method"], request["uri"], headers, base64.b64decode(request["body"]))


def parts(method, url, headers, body):
    split = urllib.parse.urlsplit(url)
    scope = SCOPE.search(headers.get("authorization", ""))
    body, headers = without_chunks(body, headers)
    kept = {name: header(name, value, body) for name, value in headers.items() if name not in EXCLUDED}
    return {
        "method": method,
        "host": f"{split.scheme}://{split.netloc}",
        "path": [urllib.parse.unquote(part) for part in (split.path or "/").split("/")],
        "query": sorted(masked(pair) for pair in urllib.parse.parse_qsl(split.query, keep_blank_values=True)),
        "scope": scope[1] if scope else None,
        "headers": {name: value for name, value in kept.items() if value != ""},
        "body": body,
    }


def masked(pair):
    name, value = pair
    if name in ("PresignedUrl", "PreSignedUrl") and "?" in value:
        return name, url_settled(value)
    return settled(name), settled(value)


def url_settled(url):
    """A pre-signed URL without the clock and the signature that depends on it."""
    address, query = url.split("?", 1)
    pairs = [(k, v.split("/", 2)[2] if k == "X-Amz-Credential" else v) for k, v in urllib.parse.parse_qsl(query)]
    return address, sorted(masked(p) for p in pairs if p[0] not in ("X-Amz-Date", "X-Amz-Signature"))


def settled(text):
    """A text without what may differ and mean the same: random tokens, zeros at the end of a fraction, `1e-07`."""
    if NUMBER.fullmatch(text):
        return repr(float(text))
    return TIME.sub(lambda t: f"{t[1]}.{t[2]}Z" if t[2] else f"{t[1]}Z", UUID.sub("UUID", text))


CHECKSUMS = {
    "content-md5": lambda body: hashlib.md5(body).digest(),
    "x-amz-checksum-crc32": lambda body: zlib.crc32(body).to_bytes(4, "big"),
    "x-amz-checksum-sha1": lambda body: hashlib.sha1(body).digest(),
    "x-amz-checksum-sha256": lambda body: hashlib.sha256(body).digest(),
}


def header(name, value, body):
    """A header's meaning: lists without blanks, and no character set where there is one only."""
    if name in CHECKSUMS and value == base64.b64encode(CHECKSUMS[name](body)).decode():
        # Two bodies that mean the same may have other bytes.
        return "the body's"
    if name == "content-type":
        return value.lower().replace(" ", "").removesuffix(";charset=utf-8")
    return settled(re.sub(r",\s+", ",", value.strip()))


def without_chunks(body, headers):
    """The body that a chunked one carries; its trailers as headers."""
    coding = headers.get("content-encoding", "")
    if "aws-chunked" not in coding:
        return body, headers
    headers = dict(headers)
    rest = ",".join(c for c in coding.split(",") if c.strip() != "aws-chunked")
    headers.pop("content-encoding")
    if rest:
        headers["content-encoding"] = rest
    whole, stream = b"", io.BytesIO(body)
    while size := int(stream.readline().split(b";")[0] or b"0", 16):
        whole += stream.read(size)
        stream.readline()
    for line in stream.read().decode().splitlines():
        if ":" in line:
            name, value = line.split(":", 1)
            headers[name.lower()] = value
    return whole, headers


def meaning(protocol, request):
    """The body, parsed."""
    body, kind = request["body"], request["headers"].get("content-type", "")
    try:
        if protocol in ("query", "ec2") or "x-www-form-urlencoded" in kind:
            pairs = urllib.parse.parse_qsl(body.decode(), keep_blank_values=True)
            if ("SignatureVersion", "2") in pairs:
                # The old signature stands in the form: it and the clock, as in the headers of the new one.
                pairs = [pair for pair in pairs if pair[0] not in ("Signature", "Timestamp")]
            return sorted(masked(pair) for pair in pairs)
        if protocol == "smithy-rpc-v2-cbor" and body:
            return unmasked(botocore.parsers.RpcV2CBORParser().parse_data_item(Peekable(io.BytesIO(body))))
        if protocol in ("json", "rest-json") and body[:1] in (b"{", b"["):
            return unmasked(json.loads(body))
        if protocol == "rest-xml" and body[:1] == b"<":
            return tree(xml.etree.ElementTree.fromstring(body))
    except (ValueError, xml.etree.ElementTree.ParseError) as error:
        return f"unreadable ({error}): {body!r}"
    return body


class Peekable(io.BufferedReader):
    """What botocore's CBOR parser reads from."""


def unmasked(value):
    """Typed, so that true and 1 differ, and 1 and 1.0 do not."""
    if isinstance(value, dict):
        return {k: unmasked(v) for k, v in value.items()}
    if isinstance(value, list):
        return [unmasked(v) for v in value]
    if isinstance(value, str):
        return settled(value)
    if isinstance(value, bool) or value is None:
        return f"the word {value}"
    if isinstance(value, float) and math.isnan(value):
        return "the number NaN"
    return value


def tree(element):
    """Elements of different names may stand in any order; those of one name may not."""
    below = sorted((tree(child) for child in element), key=lambda child: child[0])
    # Blanks around elements mean nothing; in a text they do.
    text = (element.text or "") if not below else ""
    return element.tag, tuple(sorted(element.attrib.items())), settled(text), tuple(below)


def results(shape, theirs, ours, path=""):
    """Differences of two outputs, guided by the shape."""
    if shape is not None and theirs is not None:
        kind = shape.type_name
        if hasattr(theirs, "read"):
            try:
                theirs = theirs.read()
            except botocore.exceptions.BotoCoreError as error:
                return [f"result {path}: botocore cannot read its body: {error}"]
        if isinstance(theirs, bytes):
            return [] if ours == base64.b64encode(theirs).decode() else [differs(path, theirs, ours)]
        if isinstance(theirs, datetime.datetime):
            return [] if moment(ours) == theirs else [differs(path, theirs, ours)]
        if kind == "structure" and not shape.is_document_type and isinstance(theirs, dict) and isinstance(ours, dict):
            return of_members(path, theirs, ours, lambda name: shape.members.get(name))
        if kind == "map" and isinstance(theirs, dict) and isinstance(ours, dict):
            return of_members(path, theirs, ours, lambda _: shape.value)
        if kind == "list" and isinstance(theirs, list) and isinstance(ours, list) and len(theirs) == len(ours):
            return [d for a, b in zip(theirs, ours) for d in results(shape.member, a, b, f"{path}[]")]
        if kind in ("float", "double") and isinstance(theirs, float) and not math.isfinite(theirs):
            return [] if ours == {"inf": "Infinity", "-inf": "-Infinity", "nan": "NaN"}[str(theirs)] else [differs(path, theirs, ours)]
    return [] if unmasked(theirs) == unmasked(ours) else [differs(path, theirs, ours)]


def of_members(path, theirs, ours, shape_of):
    found = []
    for name in [*theirs, *(n for n in ours if n not in theirs)]:
        if name not in ours or name not in theirs:
            who = "ours" if name in ours else "theirs"
            found.append(f"result {path}.{name}: only {who} has it: {clipped((ours if name in ours else theirs)[name])}")
        else:
            found += results(shape_of(name), theirs[name], ours[name], f"{path}.{name}")
    return found


def moment(text):
    if not isinstance(text, str):
        return None
    try:
        return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return None


def differs(path, theirs, ours):
    return f"result {path}: {clipped(theirs)} is {clipped(ours)}"


def clipped(value):
    text = repr(value)
    return text if len(text) < 600 else text[:600] + "…"
