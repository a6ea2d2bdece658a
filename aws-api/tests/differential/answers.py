"""Answers of services, written from the model of an output: what a service of each protocol would send.

In:    a protocol, an operation's model, a value of its output (or of an error).
Out:   status, headers and body.
Never: botocore's serializers, but for CBOR's data items: those are under test themselves.
"""
import base64
import datetime
import email.utils
import json
import zlib
from xml.sax.saxutils import escape, quoteattr

import botocore.serialize

from values import for_botocore

REQUEST_ID = "req-1234"


# Where Timestream says that it serves the account: botocore asks before the first call.
ENDPOINTS = b'{"Endpoints": [{"Address": "cell-1.timestream.example.com", "CachePeriodInMinutes": 1440}]}'


class Answer:
    """One answer, as both sides are given it."""

    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def wire(self):
        return {"status": self.status, "headers": self.headers, "body": base64.b64encode(self.body).decode()}


def output(protocol, operation, value):
    """The answer to a call that went well."""
    shape = operation.output_shape
    headers = [["x-amzn-requestid", REQUEST_ID]]
    if protocol in ("rest-json", "rest-xml"):
        return rest(protocol, operation, shape, value, headers)
    if protocol in ("query", "ec2"):
        return Answer(200, headers, query(protocol, operation, shape, value))
    if protocol == "smithy-rpc-v2-cbor":
        headers += [["smithy-protocol", "rpc-v2-cbor"], ["Content-Type", "application/cbor"]]
        return Answer(200, headers, cbor(shape, value))
    body = json.dumps(plain(shape, value, "unixtimestamp") if shape else {})
    return Answer(200, [*headers, ["Content-Type", "application/x-amz-json-1.1"]], body.encode())


def error(protocol, operation, shape, code, message, value):
    """The answer to a call that failed."""
    headers = [["x-amzn-RequestId", REQUEST_ID]]
    if protocol in ("query", "ec2", "rest-xml"):
        return Answer(400, headers, xml_error(protocol, operation, shape, code, message, value))
    if protocol == "smithy-rpc-v2-cbor":
        headers += [["smithy-protocol", "rpc-v2-cbor"], ["Content-Type", "application/cbor"]]
        return Answer(400, headers, cbor_error(shape, code, message, value))
    members = plain(shape, value, "unixtimestamp") if shape else {}
    members = {k: v for k, v in members.items() if k.lower() != "message"}
    if protocol == "rest-json":
        headers.append(["x-amzn-ErrorType", f"{code}:http://internal.amazon.com/coral/com.amazon/"])
        body = {"message": message, **members}
        for name, member in (shape.members.items() if shape else []):
            # The code has a header of its own, which some models list among the members.
            in_header = member.serialization.get("location") == "header" and name in value
            if in_header and wire_name(member, name).lower() == "x-amzn-errortype":
                body.pop(wire_name(member, name), None)
            elif in_header:
                headers.append([wire_name(member, name), header_text(member, value[name])])
                body.pop(wire_name(member, name), None)
        return Answer(400, headers, json.dumps(body).encode())
    return Answer(400, headers, json.dumps({"__type": f"com.amazon#{code}", "message": message, **members}).encode())


def wire_name(shape, name):
    return shape.serialization.get("name", name)


def plain(shape, value, times):
    """JSON as services write it."""
    kind = shape.type_name
    if kind == "structure" and not shape.is_document_type:
        return {wire_name(shape.members[k], k): plain(shape.members[k], v, times) for k, v in value.items()}
    if kind == "list":
        return [plain(shape.member, v, times) for v in value]
    if kind == "map":
        return {k: plain(shape.value, v, times) for k, v in value.items()}
    if kind == "timestamp":
        return stamp(value, shape.serialization.get("timestampFormat", times))
    if kind == "blob":
        return value["$base64"]
    return value


def stamp(text, form):
    time = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    if form.lower() == "unixtimestamp":
        return int(time.timestamp()) if time.microsecond == 0 else time.timestamp()
    if form.lower() == "rfc822":
        return email.utils.format_datetime(time.astimezone(datetime.timezone.utc), usegmt=True)
    return text


def text_of(shape, value, times):
    """A simple value as text, for XML and headers."""
    if shape.type_name == "boolean":
        return "true" if value else "false"
    if shape.type_name == "timestamp":
        return str(stamp(value, shape.serialization.get("timestampFormat", times)))
    if shape.type_name == "blob":
        return value["$base64"]
    return value if isinstance(value, str) else repr(value)


def xml(shape, name, value):
    """An element, with those below it."""
    kind = shape.type_name
    if kind == "structure":
        inner, attributes = "", ""
        for key, item in value.items():
            member = shape.members[key]
            if member.serialization.get("xmlAttribute"):
                attributes += f" {wire_name(member, key)}={quoteattr(text_of(member, item, 'iso8601'))}"
            else:
                inner += xml(member, wire_name(member, key), item)
        namespace = shape.serialization.get("xmlNamespace")
        if isinstance(namespace, dict) and namespace.get("prefix"):
            attributes = f" xmlns:{namespace['prefix']}={quoteattr(namespace['uri'])}" + attributes
        return f"<{name}{attributes}>{inner}</{name}>"
    if kind == "list":
        item = wire_name(shape.member, "member")
        if shape.serialization.get("flattened"):
            item = shape.member.serialization.get("name", name)
            return "".join(xml(shape.member, item, v) for v in value)
        return f"<{name}>" + "".join(xml(shape.member, item, v) for v in value) + f"</{name}>"
    if kind == "map":
        key, item = wire_name(shape.key, "key"), wire_name(shape.value, "value")
        flat = shape.serialization.get("flattened")
        around = name if flat else "entry"
        entries = "".join(
            f"<{around}><{key}>{escape(k)}</{key}>{xml(shape.value, item, v)}</{around}>" for k, v in value.items()
        )
        return entries if flat else f"<{name}>{entries}</{name}>"
    return f"<{name}>{escape(text_of(shape, value, 'iso8601'))}</{name}>"


def members_xml(shape, value):
    return "".join(xml(shape.members[k], wire_name(shape.members[k], k), v) for k, v in value.items())


def query(protocol, operation, shape, value):
    inner = members_xml(shape, value) if shape else ""
    if protocol == "ec2":
        inner = f"<requestId>{REQUEST_ID}</requestId>{inner}"
    else:
        wrapper = shape.serialization.get("resultWrapper") if shape else None
        if wrapper:
            inner = f"<{wrapper}>{inner}</{wrapper}>"
        inner += f"<ResponseMetadata><RequestId>{REQUEST_ID}</RequestId></ResponseMetadata>"
    name = f"{operation.name}Response"
    return f'<{name} xmlns="https://example.com/doc/">{inner}</{name}>'.encode()


def rest(protocol, operation, shape, value, headers):
    status = operation.http.get("responseCode", 200)
    if shape is None:
        return Answer(status, headers, b"")
    if operation.service_model.service_name == "s3" and operation.name == "GetBucketLocation":
        # The one output whose root element is its member.
        return Answer(status, headers, f"<LocationConstraint>{escape(value.get('LocationConstraint', ''))}</LocationConstraint>".encode())
    value = {k: v for k, v in value.items() if not follows_from_body(wire_name(shape.members[k], k))}
    body, payload = {}, shape.serialization.get("payload")
    for name, item in value.items():
        member = shape.members[name]
        location = member.serialization.get("location")
        if location == "header":
            headers.append([wire_name(member, name), header_text(member, item)])
        elif location == "headers":
            headers += [[member.serialization.get("name", "") + k, v] for k, v in item.items()]
        elif location == "statusCode":
            status = 200
        else:
            body[name] = item
    if payload:
        member = shape.members[payload]
        item = body.get(payload)
        if member.type_name in ("blob", "string"):
            raw = b"" if item is None else for_botocore(item, member)
            raw = raw.encode() if isinstance(raw, str) else raw
            if "ChecksumCRC32" in shape.members:
                headers.append(["x-amz-checksum-crc32", base64.b64encode(zlib.crc32(raw).to_bytes(4, "big")).decode()])
            return Answer(status, headers, raw)
        if item is None:
            return Answer(status, headers, b"{}" if protocol == "rest-json" else b"")
        if protocol == "rest-json":
            return Answer(status, headers, json.dumps(plain(member, item, "unixtimestamp")).encode())
        return Answer(status, headers, xml(member, wire_name(member, payload), item).encode())
    if protocol == "rest-json":
        inner = {wire_name(shape.members[k], k): plain(shape.members[k], v, "unixtimestamp") for k, v in body.items()}
        return Answer(status, headers, json.dumps(inner).encode())
    return Answer(status, headers, f"<{operation.name}Result>{members_xml(shape, body)}</{operation.name}Result>".encode())


def follows_from_body(name):
    """Headers that both sides hold against the body."""
    return name.lower() == "content-length" or (name.lower().startswith("x-amz-checksum-") and not name.lower().endswith("-type"))


def header_text(shape, value):
    if shape.serialization.get("jsonvalue"):
        return base64.b64encode(json.dumps(value).encode()).decode()
    if shape.type_name == "list":
        return ", ".join(quoted(text_of(shape.member, v, "rfc822")) if shape.member.type_name == "string"
                         else text_of(shape.member, v, "rfc822") for v in value)
    return text_of(shape, value, "rfc822")


def quoted(text):
    if "," in text or '"' in text:
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return text


def cbor(shape, value):
    written = bytearray()
    if shape is None:
        return b"\xa0"
    botocore.serialize.RpcV2CBORSerializer()._serialize_data_item(written, for_botocore(value, shape), shape)
    return bytes(written)


def cbor_error(shape, code, message, value):
    pairs = bytearray()
    count = 1
    writer = botocore.serialize.RpcV2CBORSerializer()
    writer._serialize_type_string(pairs, "__type", None, None)
    writer._serialize_type_string(pairs, f"com.amazon#{code}", None, None)
    given = {k: v for k, v in value.items() if k.lower() != "message"}
    writer._serialize_type_string(pairs, "message", None, None)
    writer._serialize_type_string(pairs, message, None, None)
    for name, item in given.items():
        writer._serialize_type_string(pairs, name, None, None)
        writer._serialize_data_item(pairs, for_botocore(item, shape.members[name]), shape.members[name])
    count += 1 + len(given)
    return bytes([0xA0 | count]) + bytes(pairs)


def xml_error(protocol, operation, shape, code, message, value):
    own = ("message", "code")
    given = {k: v for k, v in value.items() if k.lower() not in own and not shape.members[k].serialization.get("location")}
    inner = f"<Code>{code}</Code><Message>{escape(message)}</Message>" + (members_xml(shape, given) if shape else "")
    if protocol == "ec2":
        return f"<Response><Errors><Error>{inner}</Error></Errors><RequestID>{REQUEST_ID}</RequestID></Response>".encode()
    if operation.service_model.service_name == "s3":
        return f"<Error>{inner}<RequestId>{REQUEST_ID}</RequestId></Error>".encode()
    body = f"<ErrorResponse><Error><Type>Sender</Type>{inner}</Error><RequestId>{REQUEST_ID}</RequestId></ErrorResponse>"
    return body.encode()
