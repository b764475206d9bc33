"""What schemathesis does with the description, and before each call."""

import re
from collections.abc import Iterator
from typing import Any

import schemathesis

COMPONENTS = "#/components/schemas/"
# As MAX_WAIT_S of contract/limits.ts: a longer one is refused, and stays.
MAX_WAIT_S = 60


@schemathesis.hook
def before_load_schema(context: schemathesis.HookContext, raw_schema: dict[str, Any]) -> None:
    """Closes what answers show: later versions may add fields, but this one has none that it does not tell of."""
    components = raw_schema["components"]["schemas"]
    operations = [operation for path in raw_schema["paths"].values() for operation in path.values()]
    sent = reachable([operation.get("requestBody", {}) for operation in operations], components)
    answers = [operation["responses"] for operation in operations]
    for name in reachable(answers, components) - sent - {"Problem"}:
        close(components[name])
    close(answers)


def reachable(value: Any, components: dict[str, Any]) -> set[str]:
    """The names of all schemas that `value` refers to, directly or through others."""
    found: set[str] = set()
    waiting = list(references(value))
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(references(components[name]))
    return found


def references(value: Any) -> Iterator[str]:
    """The names of the schemas that `value` itself refers to."""
    if isinstance(value, dict):
        reference = value.get("$ref")
        if isinstance(reference, str) and reference.startswith(COMPONENTS):
            yield reference.removeprefix(COMPONENTS)
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for child in children:
        yield from references(child)


def close(value: Any) -> None:
    """Lets every object with properties have no others. Parts of an `allOf` are left: each knows its own only."""
    if isinstance(value, dict):
        if value.get("type") == "object" and "properties" in value:
            value.setdefault("additionalProperties", False)
        children = [child for key, child in value.items() if key not in ("allOf", "example", "examples", "default")]
    else:
        children = value if isinstance(value, list) else []
    for child in children:
        close(child)


@schemathesis.hook
def before_call(context: schemathesis.HookContext, case: schemathesis.Case, kwargs: dict) -> None:
    """Shortens waits: the longer one for a job that no runner does shows nothing more."""
    prefer = (case.headers or {}).get("Prefer")
    if isinstance(prefer, str):
        case.headers["Prefer"] = re.sub(r"wait=[1-9]\d*", "wait=1", prefer)
    if case.path.startswith("/v1/run/"):
        wait = (case.query or {}).get("wait")
        if str(wait).isdecimal() and 1 < int(wait) <= MAX_WAIT_S:
            case.query["wait"] = 1
        elif wait is None and not prefer:
            # Who says nothing waits for a minute.
            case.headers["Prefer"] = "wait=1"
