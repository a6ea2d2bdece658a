"""Holds recorded exchanges against an API's own OpenAPI description.

usage: validate.py DESCRIPTION.json [--answers] < exchanges.json > findings.json

Comes in: a list of {"method", "path", "query", "headers", "body", "status", "answerType", "answer"}; bodies are text.
Goes out: for each {"operation", "request": [what is wrong], "answer": [what is wrong]}; the operation is null where
none is described. Never: an exchange passed over, or a name taken that the description does not know.

The validation is openapi-core's. What it leaves to its user is done here: parameters of the query and members of the
body that nobody described, and a body where none belongs.
"""

from __future__ import annotations

import json
import sys
import warnings
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from openapi_core import Config, OpenAPI
from openapi_core.datatypes import RequestParameters
from openapi_core.templating.paths.exceptions import PathError
from werkzeug.datastructures import Headers, ImmutableMultiDict

NO_CONTENT = 204


@dataclass
class Request:
    """One request, as openapi-core wants to see it."""

    host_url: str
    path: str
    method: str
    body: bytes | None
    content_type: str
    parameters: RequestParameters = field(default_factory=RequestParameters)


@dataclass
class Answer:
    """One answer, likewise."""

    status_code: int
    content_type: str
    data: bytes | None
    headers: Headers


class Description:
    """An API as it describes itself."""

    def __init__(self, path: str) -> None:
        with open(path, encoding="utf-8") as file:
            self.spec: dict[str, Any] = json.load(file)
        self.host = self.spec["servers"][0]["url"]
        for operations in self.spec["paths"].values():
            for operation in operations.values():
                with_credentials(operation)
        # The description is taken as it is published; it is the exchanges that are on trial.
        strict = Config(spec_validator_cls=None, additional_properties_default_policy="forbid")
        self.requests = OpenAPI.from_dict(self.spec, config=strict)
        times = {"date-time": is_time}
        self.answers = OpenAPI.from_dict(self.spec, config=Config(spec_validator_cls=None, extra_format_validators=times))

    def finds(self, exchange: dict[str, Any], with_answers: bool) -> dict[str, Any]:
        request, asked = self.request(exchange)
        try:
            template = self.template(request)
        except PathError:
            return {"operation": None, "request": ["no such operation"], "answer": []}
        problems = [said(error) for error in self.requests.iter_request_errors(request)]
        problems += self.undescribed(template, request, asked)
        answer = []
        if with_answers and exchange["status"] != NO_CONTENT:
            answer = [said(error) for error in self.answers.iter_response_errors(request, self.answer(exchange))]
        return {"operation": f"{exchange['method']} {template}", "request": problems, "answer": answer}

    def request(self, exchange: dict[str, Any]) -> tuple[Request, list[str]]:
        pairs = parse_qsl(exchange["query"], keep_blank_values=True)
        headers = Headers(exchange["headers"])
        body = exchange["body"].encode() or None
        parameters = RequestParameters(query=ImmutableMultiDict(pairs), header=headers)
        kind = headers.get("content-type", "application/json")
        request = Request(self.host, exchange["path"], exchange["method"].lower(), body, kind, parameters)
        return request, [name for name, _ in pairs]

    def answer(self, exchange: dict[str, Any]) -> Answer:
        text = exchange["answer"].encode() or None
        return Answer(exchange["status"], exchange["answerType"], text, Headers())

    def template(self, request: Request) -> str:
        finder = self.requests.request_validator.path_finder
        return finder.find(request.method, f"{self.host}{request.path}").path_result.pattern

    def undescribed(self, template: str, request: Request, asked: list[str]) -> list[str]:
        """What openapi-core takes although nobody described it."""
        path = self.spec["paths"][template]
        operation = path[request.method]
        parameters = [self.resolved(one) for one in [*path.get("parameters", []), *operation.get("parameters", [])]]
        known = {one["name"] for one in parameters if one["in"] == "query"}
        problems = [f"the query has {name!r}, which is not described" for name in asked if name not in known]
        if request.body and "requestBody" not in operation:
            return [*problems, "there is a body, and none is described"]
        members = self.members(operation)
        given = json.loads(request.body) if request.body else {}
        if members and isinstance(given, dict):
            problems += [f"the body has {name!r}, which is not described" for name in given if name not in members]
        return problems

    def members(self, operation: dict[str, Any]) -> set[str]:
        """The names of a body's members; none where they are described otherwise than by a list."""
        content = self.resolved(operation.get("requestBody", {})).get("content", {})
        schema = self.resolved(content.get("application/json", {}).get("schema", {}))
        return set(schema.get("properties", {}))

    def resolved(self, one: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in one:
            target: Any = self.spec
            for name in one["$ref"].removeprefix("#/").split("/"):
                target = target[name.replace("~1", "/").replace("~0", "~")]
            one = target
        return one


def is_time(text: Any) -> bool:
    """Jira writes zones without a colon, in the examples of its own description too."""
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except (TypeError, ValueError):
        return False


def with_credentials(operation: Any) -> None:
    """Leaves only the ways in that we use: we are no app and not anonymous, and openapi-core would let us pass as either."""
    if isinstance(operation, dict) and "security" in operation:
        operation["security"] = [way for way in operation["security"] if way and "OAuth2" not in way]


def said(error: BaseException) -> str:
    """The innermost cause, with the places in the body."""
    while error.__cause__ is not None:
        error = error.__cause__
    causes = list(getattr(error, "schema_errors", None) or [])
    return "; ".join(f"{cause.message[:300]} at {cause.json_path}" for cause in causes) or str(error)


def main() -> None:
    warnings.simplefilter("ignore")
    description = Description(sys.argv[1])
    with_answers = "--answers" in sys.argv[2:]
    found = [description.finds(exchange, with_answers) for exchange in json.load(sys.stdin)]
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
