"""What schemathesis does before each call."""

import re

import schemathesis


@schemathesis.hook
def before_call(context: schemathesis.HookContext, case: schemathesis.Case, kwargs: dict) -> None:
    """Shortens `Prefer: wait=n`: the longer wait for a job that no runner does shows nothing more."""
    prefer = (case.headers or {}).get("Prefer")
    if isinstance(prefer, str):
        case.headers["Prefer"] = re.sub(r"wait=[1-9]\d*", "wait=1", prefer)
