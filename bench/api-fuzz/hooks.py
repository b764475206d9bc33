"""What schemathesis does before each call."""

import re

import schemathesis


@schemathesis.hook
def before_call(context: schemathesis.HookContext, case: schemathesis.Case, kwargs: dict) -> None:
    """Shortens what is waited: the longer wait for a job that no runner does shows nothing more.

    `Prefer: wait=n` and `?wait=n` of a second and more become one second, and so does the wait of `/v1/run` that is not told.
    """
    prefer = (case.headers or {}).get("Prefer")
    wait = (case.query or {}).get("wait")
    if isinstance(prefer, str):
        case.headers["Prefer"] = re.sub(r"wait=[1-9]\d*", "wait=1", prefer)
    if isinstance(wait, int | str) and re.fullmatch(r"[1-9]\d?", str(wait)):
        case.query["wait"] = 1
    if prefer is None and wait is None and case.operation.path.startswith("/v1/run/"):
        case.headers = {**(case.headers or {}), "Prefer": "wait=1"}
