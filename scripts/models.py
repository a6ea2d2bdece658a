#!/usr/bin/env python3
"""Packs AWS's service models, as botocore ships them, into the one file that aws-api reads.

In:    the data files of the installed botocore package (or of --from DIRECTORY). They are read;
       nothing of botocore is imported or run.
Out:   OUT, the same bytes for the same data: magic, index, partitions, one deflated model per service.
Never: documentation, examples, paginators or waiters: only what a request, a response, an endpoint
       and the question "does this call write?" need.

usage: models.py OUT [--from DIRECTORY] [--service NAME ...]
       models.py --with-conformance DIRECTORY    botocore's own protocol and endpoint cases, for tests

File: "KTGMODL2", u32 little endian length of the index, the index (JSON), then the entries.
Index: {"botocore": version, "partitions": PLACE, "services": {name: PLACE of a HEAD}}
HEAD: {"metadata", "rules": PLACE, "operations": [name, ...], "operationBlocks": [BLOCK], "shapeBlocks": [BLOCK]}
BLOCK: {"first": number of its first line, "place": PLACE}; one operation or shape per line, in JSON.
       A shape is [name, shape]; whatever uses one has its number. So a call inflates its operation and the shapes
       near it, and nothing else of a large service.
PLACE: {"at": offset from the end of the index, "length": deflated bytes, "size": inflated bytes}
"""
import argparse
import gzip
import importlib.metadata
import json
import os
import pathlib
import struct
import subprocess
import sys
import tarfile
import tempfile
import zlib

BOTOCORE = "1.44.5"
# Of botocore-1.44.5.tar.gz, its source distribution: the cases are those that were looked at, or none.
SOURCE_SHA256 = "a988f39e3a4484def0b8010f41128f71157da0515a4804fccce4739aa8f216da"
MAGIC = b"KTGMODL2"
# Bytes of JSON in a block: what deflate looks back over. Smaller ones compress worse, larger ones inflate slower.
BLOCK = 64 * 1024

METADATA = {
    "apiVersion", "auth", "awsQueryCompatible", "endpointPrefix", "globalEndpoint", "jsonVersion", "protocol",
    "protocols", "serviceId", "signatureVersion", "signingName", "targetPrefix", "xmlNamespace",
}
OPERATION = {
    "auth", "authtype", "endpoint", "errors", "http", "httpChecksum", "httpChecksumRequired",
    "idempotent", "input", "name", "operationContextParams", "output", "readonly",
    "requestcompression", "staticContextParams", "unsignedPayload",
}
HTTP = {"method", "requestUri"}
SHAPE = {
    "document", "error", "eventstream", "fault", "flattened", "jsonvalue", "key", "locationName", "member",
    "members", "min", "payload", "required", "retryable", "sensitive", "sparse", "streaming",
    "timestampFormat", "type", "union", "value", "xmlNamespace",
}
REFERENCE = {
    "contextParam", "flattened", "hostLabel", "idempotencyToken", "jsonvalue", "location",
    "locationName", "queryName", "resultWrapper", "shape", "streaming", "timestampFormat",
    "xmlAttribute", "xmlNamespace",
}


class Problem(Exception):
    """What the person who runs this can put right."""


def main():
    parser = argparse.ArgumentParser(description="Packs botocore's service models for aws-api.")
    parser.add_argument("out", nargs="?", type=pathlib.Path, help="the pack to write")
    parser.add_argument("--from", dest="data", type=pathlib.Path, metavar="DIRECTORY",
                        help="a botocore data folder, instead of the installed package's")
    parser.add_argument("--service", action="append", default=[], metavar="NAME",
                        help="only this service (repeatable); default: all")
    parser.add_argument("--with-conformance", type=pathlib.Path, metavar="DIRECTORY",
                        help="also unpack botocore's conformance cases into DIRECTORY")
    arguments = parser.parse_args()
    if arguments.out is None and arguments.with_conformance is None:
        parser.error("say where to write: OUT, or --with-conformance DIRECTORY")
    try:
        if arguments.out is not None:
            write_pack(arguments.out, arguments.data, arguments.service)
        if arguments.with_conformance is not None:
            unpack_conformance(arguments.with_conformance)
    except Problem as problem:
        sys.exit(f"models.py: {problem}")


def write_pack(out, data, wanted):
    version, data = installed_data() if data is None else ("unknown", data)
    names = wanted or sorted(name for name in os.listdir(data) if latest(data / name) is not None)
    place, entries, index = Places(), [], {"botocore": version}
    index["partitions"] = place.add(entries, (data / "partitions.json").read_bytes())
    index["services"] = {name: add_service(place, entries, service(data / name)) for name in names}
    head = compact(index)
    out.parent.mkdir(parents=True, exist_ok=True)
    temporary = out.with_name(out.name + ".part")
    temporary.write_bytes(b"".join([MAGIC, struct.pack("<I", len(head)), head, *entries]))
    temporary.replace(out)
    print(f"{out}: {len(names)} services of botocore {version}, {out.stat().st_size:,} bytes")


def add_service(place, entries, model):
    """The service in its parts; what is given back is the place of its head."""
    operations, shapes = model["operations"], model["shapes"]
    # Shapes of one operation stand together.
    reached = dict.fromkeys(name for o in operations.values() for name in reach(shapes, o))
    numbers = {name: number for number, name in enumerate(reached)}
    for r in [r for o in operations.values() for r in roots(o)] + [r for s in shapes.values() for r in references(s)]:
        r["shape"] = numbers[r["shape"]]
    head = {
        "metadata": model["metadata"],
        "rules": place.add(entries, compact(model["endpointRuleSet"])),
        "operations": list(operations),
        "operationBlocks": add_lines(place, entries, [compact(o) for o in operations.values()]),
        "shapeBlocks": add_lines(place, entries, [compact([name, shapes[name]]) for name in numbers]),
    }
    return place.add(entries, compact(head))


def add_lines(place, entries, lines):
    blocks, first, size = [], 0, 0
    for number, line in enumerate(lines):
        size += len(line) + 1
        if size >= BLOCK or number == len(lines) - 1:
            blocks.append({"first": first, "place": place.add(entries, b"\n".join(lines[first:number + 1]))})
            first, size = number + 1, 0
    return blocks


def reach(shapes, o):
    """The shapes of an operation, in a fixed order."""
    seen, todo = {}, [r["shape"] for r in reversed(roots(o))]
    while todo:
        name = todo.pop()
        if name not in seen:
            seen[name] = None
            todo.extend(r["shape"] for r in reversed(references(shapes[name])))
    return list(seen)


def installed_data():
    """Version and data folder of the botocore this interpreter has installed."""
    advice = f"install it with: {sys.executable} -m pip install botocore=={BOTOCORE}"
    try:
        package = importlib.metadata.distribution("botocore")
    except importlib.metadata.PackageNotFoundError as missing:
        raise Problem(f"botocore is not installed; {advice}") from missing
    if package.version != BOTOCORE:
        raise Problem(f"botocore {package.version} is installed, but the models are pinned to {BOTOCORE}; {advice}")
    return package.version, pathlib.Path(package.locate_file("botocore/data"))


class Places:
    """Where each entry lies, counted from the end of the index."""

    def __init__(self):
        self.at = 0

    def add(self, entries, content):
        deflated = zlib.compress(content, 9)
        place = {"at": self.at, "length": len(deflated), "size": len(content)}
        entries.append(deflated)
        self.at += len(deflated)
        return place


def latest(service_folder):
    """The newest API version that has a model, as boto3 chooses it."""
    if not service_folder.is_dir():
        return None
    versions = sorted(v for v in service_folder.iterdir() if (v / "service-2.json.gz").exists())
    return versions[-1] if versions else None


def service(folder):
    version = latest(folder)
    if version is None:
        raise Problem(f"botocore has no service named {folder.name}")
    model = unzipped(version / "service-2.json.gz")
    extras = version / "service-2.sdk-extras.json"
    if extras.exists():
        merge(model, json.loads(extras.read_text())["merge"])
    trimmed = trim(model)
    trimmed["endpointRuleSet"] = without_documentation(unzipped(version / "endpoint-rule-set-1.json.gz"))
    return trimmed


def merge(into, extra):
    """Deep merge, the way botocore's loader applies its own additions to a model."""
    for key, value in extra.items():
        if isinstance(value, dict) and isinstance(into.get(key), dict):
            merge(into[key], value)
        else:
            into[key] = value


def trim(model):
    """The model with only what is kept, and only the shapes that an operation reaches."""
    operations = {name: operation(o) for name, o in model["operations"].items()}
    shapes = {}
    todo = [r["shape"] for o in operations.values() for r in roots(o)]
    while todo:
        name = todo.pop()
        if name not in shapes:
            shapes[name] = shape(model["shapes"][name])
            todo.extend(r["shape"] for r in references(shapes[name]))
    return {
        "metadata": only(model["metadata"], METADATA),
        "operations": operations,
        "shapes": dict(sorted(shapes.items())),
    }


def operation(o):
    kept = only(o, OPERATION)
    kept["http"] = only(o["http"], HTTP)
    for side in ("input", "output"):
        if side in kept:
            kept[side] = only(kept[side], REFERENCE)
    kept["errors"] = [only(e, REFERENCE) for e in o.get("errors", [])]
    return {key: value for key, value in kept.items() if value != []}


def roots(o):
    return [o[side] for side in ("input", "output") if side in o] + o.get("errors", [])


def shape(s):
    kept = only(s, SHAPE)
    if "members" in kept:
        kept["members"] = {name: only(r, REFERENCE) for name, r in kept["members"].items()}
    for side in ("member", "key", "value"):
        if side in kept:
            kept[side] = only(kept[side], REFERENCE)
    return kept


def references(s):
    return list(s.get("members", {}).values()) + [s[side] for side in ("member", "key", "value") if side in s]


def only(mapping, keys):
    return {key: value for key, value in mapping.items() if key in keys}


def without_documentation(tree):
    if isinstance(tree, dict):
        return {k: without_documentation(v) for k, v in tree.items() if k != "documentation"}
    if isinstance(tree, list):
        return [without_documentation(v) for v in tree]
    return tree


def unzipped(path):
    return json.loads(gzip.decompress(path.read_bytes()))


def compact(tree):
    return json.dumps(tree, separators=(",", ":"), ensure_ascii=False).encode()


def unpack_conformance(into):
    """The cases botocore tests itself with: in its source distribution, not in its wheel."""
    wanted = ("tests/unit/protocols/", "tests/functional/endpoint-rules/")
    with tempfile.TemporaryDirectory() as folder:
        pinned = pathlib.Path(folder) / "pinned.txt"
        pinned.write_text(f"botocore=={BOTOCORE} --hash=sha256:{SOURCE_SHA256}\n")
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", "botocore",
                   "--require-hashes", "--dest", folder, "--requirement", str(pinned)]
        if subprocess.run(command, check=False).returncode != 0:
            raise Problem(f"could not download the source distribution of botocore {BOTOCORE} with this SHA-256")
        archive = next(pathlib.Path(folder).glob("botocore-*.tar.gz"))
        count = 0
        with tarfile.open(archive) as tar:
            for member in tar:
                inside = member.name.partition("/")[2]
                if member.isfile() and inside.startswith(wanted):
                    target = into / inside
                    target.parent.mkdir(parents=True, exist_ok=True)
                    target.write_bytes(tar.extractfile(member).read())
                    count += 1
    print(f"{into}: {count} files of conformance cases of botocore {BOTOCORE}")


if __name__ == "__main__":
    main()
