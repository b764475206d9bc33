"""What a step is given besides its request: where to write log lines and how far it is (protocol: gpu-runner/README.md)."""

import json
import time
from typing import Any, TextIO

PROGRESS_MIN_S = 0.1


class Call:
    """One request at work. `request` is the JSON object as the runner sent it."""

    def __init__(self, messages: TextIO, request: dict[str, Any]):
        self._messages = messages
        self._progress_at = 0.0
        self.request = request

    def send(self, message: dict[str, Any]) -> None:
        self._messages.write(json.dumps(message) + "\n")
        self._messages.flush()

    def log(self, line: str) -> None:
        """A line for the job's log."""
        self.send({"kind": "log", "line": line})

    def progress(self, fraction: float | None) -> None:
        """How much of this request is done, 0 to 1; None when it can't be known. May be called as often as one likes."""
        now = time.monotonic()
        if fraction is not None and fraction < 1 and now - self._progress_at < PROGRESS_MIN_S:
            return
        self._progress_at = now
        self.send({"kind": "progress", "fraction": None if fraction is None else min(max(float(fraction), 0.0), 1.0)})


class SilentCall(Call):
    """For tests and tools that run a step by hand: nothing is sent, log lines are kept."""

    def __init__(self, request: dict[str, Any]):
        self.lines: list[str] = []
        self.request = request

    def send(self, message: dict[str, Any]) -> None:
        if message["kind"] == "log":
            self.lines.append(message["line"])

    def progress(self, fraction: float | None) -> None:
        pass
