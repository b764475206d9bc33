"""Runs the unittest tests of one folder beside this file and prints each outcome as a line of JSON, for the vitest file that counts
them: {"title", "suite", "seconds", "failure": text or null}. A module that can't be imported counts as a failed test."""

import json
import os
import sys
import time
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent.parent / "gpu-runner" / "python"), str(HERE)]
# Results go to our own copy of stdout: libraries print to it too.
OUTCOMES = os.fdopen(os.dup(1), "w", buffering=1, encoding="utf-8")
os.dup2(2, 1)


class Reporter(unittest.TestResult):
    def startTest(self, test):  # noqa: N802 - unittest's name
        super().startTest(test)
        self.started, self.failure = time.perf_counter(), None

    def addError(self, test, err):  # noqa: N802
        super().addError(test, err)
        self.failure = self._exc_info_to_string(err, test)
        if not isinstance(test, unittest.TestCase):  # setUpClass or a module, which stopTest does not follow
            self.report(test)

    def addFailure(self, test, err):  # noqa: N802
        super().addFailure(test, err)
        self.failure = self._exc_info_to_string(err, test)

    def addSubTest(self, test, subtest, err):  # noqa: N802
        super().addSubTest(test, subtest, err)
        if err is not None:
            self.failure = f"{subtest}\n{self._exc_info_to_string(err, test)}"

    def addSkip(self, test, reason):  # noqa: N802
        super().addSkip(test, reason)
        self.failure = f"skipped: {reason}"

    def stopTest(self, test):  # noqa: N802
        super().stopTest(test)
        self.report(test)

    def report(self, test):
        title = test.shortDescription() or getattr(test, "_testMethodName", str(test)).removeprefix("test_").replace("_", " ")
        seconds = time.perf_counter() - getattr(self, "started", time.perf_counter())
        outcome = {"title": title, "suite": type(test).__name__, "seconds": seconds, "failure": self.failure}
        OUTCOMES.write(json.dumps(outcome) + "\n")


def main(folder: str) -> int:
    import photogrammetry.libraries  # noqa: F401 - before anything that imports numba or Open3D

    tests = unittest.TestLoader().discover(str(HERE / folder), top_level_dir=str(HERE))
    tests.run(Reporter())
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1]))
