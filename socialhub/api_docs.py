"""The page that documents the API, made from its schema."""

import json
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import slugify
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator

from socialhub.lib.told import KEPT_IN

Node = dict[str, Any]

# Deeper than any body is nested; a schema that names itself stops here.
MAX_DEPTH = 6


@dataclass(frozen=True, slots=True)
class Row:
    """One parameter or one field of a body; ``depth`` indents what is inside another."""

    name: str
    kind: str
    text: str
    is_required: bool
    depth: int = 0
    place: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """One status that an operation answers with."""

    status: str
    text: str
    rows: list[Row]
    example: str

    @property
    def tone(self) -> str:
        """The colour of the status."""
        return "ok" if self.status.startswith("2") else "warn"


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one address."""

    anchor: str
    method: str
    path: str
    title: str
    text: str
    scope: str
    parameters: list[Row]
    body: list[Row]
    answers: list[Answer]
    curl: str


@dataclass(frozen=True, slots=True)
class Group:
    """The operations under one heading."""

    title: str
    anchor: str
    operations: list[Operation] = field(default_factory=list)


@login_required
@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """Show every operation of the API."""
    return render(request, "api/docs.html", {"groups": read_groups(), "site": request.build_absolute_uri("/")[:-1]})


@cache
def read_groups() -> tuple[Group, ...]:
    """Return the operations by heading. The schema of a running process never changes, so it is read once."""
    # In the language of the code: it is kept for readers of all, and what it names are words of the interface.
    with translation.override(KEPT_IN):
        schema = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    components: Node = schema["components"]["schemas"]
    groups: dict[str, Group] = {}
    for path, methods in schema["paths"].items():
        for method, node in methods.items():
            title = node["tags"][0]
            group = groups.setdefault(title, Group(title, slugify(title)))
            group.operations.append(_operation(path, method, node, components))
    return tuple(groups[title] for title in sorted(groups))


def _operation(path: str, method: str, node: Node, components: Node) -> Operation:
    body = node.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    parameters = [
        Row(
            one["name"],
            _kind(one["schema"], components),
            _marked(one.get("description", "")),
            one.get("required", False),
            place=one["in"],
        )
        for one in node.get("parameters", [])
    ]
    return Operation(
        anchor=slugify(node["operationId"].replace("_", "-")),
        method=method.upper(),
        path=path,
        title=node["summary"],
        text=_marked(node.get("description", "")),
        scope=node["x-scope"],
        parameters=parameters,
        body=_rows(body, components) if body else [],
        answers=[_answer(status, one, components) for status, one in node["responses"].items()],
        curl=_curl(method.upper(), path, parameters, _example(body, components) if body else None),
    )


def _answer(status: str, node: Node, components: Node) -> Answer:
    schema = node.get("content", {}).get("application/json", {}).get("schema")
    is_refusal = not status.startswith("2")
    if schema is None or is_refusal:
        return Answer(status, _marked(node.get("description", "")), [], "")
    example = json.dumps(_example(schema, components), indent=2, ensure_ascii=False)
    return Answer(status, _marked(node.get("description", "")), _rows(schema, components), example)


def _marked(text: str) -> SafeString:
    """Set what stands between backticks as code."""
    parts = enumerate(" ".join(text.split()).split("`"))
    return format_html_join(
        "", "{}", [(format_html("<code>{}</code>", part) if place % 2 else part,) for place, part in parts]
    )


def _curl(method: str, path: str, parameters: list[Row], body: Any) -> str:
    for row in parameters:
        if row.place == "path":
            path = path.replace("{" + row.name + "}", "1")
    query = "&".join(f"{row.name}=1" for row in parameters if row.place == "query" and row.is_required)
    address = f"$SITE{path}?{query}" if query else f"$SITE{path}"
    lines = [f'curl "{address}"', '-H "Authorization: Bearer $KEY"']
    if method != "GET":
        lines.insert(1, f"-X {method}")
    if body is not None:
        lines += ['-H "Content-Type: application/json"', f"-d '{json.dumps(body, ensure_ascii=False)}'"]
    return " \\\n  ".join(lines)


def _resolve(schema: Node, components: Node) -> Node:
    """Follow a reference, and take the part of a choice that is not null."""
    if "$ref" in schema:
        return _resolve(components[schema["$ref"].rsplit("/", 1)[1]], components)
    for key in ("allOf", "oneOf", "anyOf"):
        if key in schema:
            parts = [_resolve(part, components) for part in schema[key]]
            told = [part for part in parts if part.get("enum") not in ([None], [""])] or parts
            merged = {**told[0], **{name: value for name, value in schema.items() if name != key}}
            values = [value for part in told for value in part.get("enum", [])]
            return {**merged, "enum": values} if values else merged
    return schema


def _kind(schema: Node, components: Node) -> str:
    found = _resolve(schema, components)
    if found.get("type") == "array":
        return f"list of {_kind(found['items'], components)}"
    if "enum" in found:
        return " | ".join(str(value) for value in found["enum"] if value not in (None, ""))
    kind = str(found.get("format") or found.get("type") or "object")
    return f"{kind} or null" if found.get("nullable") else kind


def _rows(schema: Node, components: Node, depth: int = 0) -> list[Row]:
    found = _resolve(schema, components)
    if found.get("type") == "array":
        return _rows(found["items"], components, depth)
    rows: list[Row] = []
    required = set(found.get("required", []))
    for name, part in found.get("properties", {}).items():
        inner = _resolve(part, components)
        rows.append(Row(name, _kind(part, components), _marked(inner.get("description", "")), name in required, depth))
        if depth < MAX_DEPTH:
            rows += _rows(part, components, depth + 1)
    return rows


def _example(schema: Node, components: Node, depth: int = 0) -> Any:
    found = _resolve(schema, components)
    if "example" in found:
        return found["example"]
    if found.get("enum"):
        return next((value for value in found["enum"] if value not in (None, "")), None)
    kind = found.get("type")
    if kind == "array":
        return [_example(found["items"], components, depth + 1)] if depth < MAX_DEPTH else []
    if kind == "object" or "properties" in found:
        return {name: _example(part, components, depth + 1) for name, part in found.get("properties", {}).items()}
    return _PLAIN.get(str(found.get("format") or kind), "…")


_PLAIN: dict[str, Any] = {
    "integer": 1,
    "int64": 1,
    "number": 0.5,
    "double": 0.5,
    "boolean": False,
    "date-time": "2026-11-05T14:09:00Z",
    "uuid": "6f1b9f0e-6d2b-4c53-9a53-0d0f6f0a9a11",
    "email": "mia@example.org",
    "uri": "https://socialhub.example.org/api/…",
}
