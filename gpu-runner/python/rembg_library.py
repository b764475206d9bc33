"""rembg as a library, imported in a second instead of a minute. Import this instead of `rembg`.

pymatting, which rembg uses for alpha matting, is compiled by numba when it is imported. Two things keep that short:
only the four modules that rembg uses are imported (12 s to compile instead of 55 s), and the compiled code is kept in the
environment itself, where set-up puts it. Workers may run as another user, who can read it but not write there.

It also turns off the telemetry that onnxruntime's Linux wheels have since 1.29: nothing leaves this machine unasked.
"""

import importlib.metadata
import importlib.util
import os
import sys
import types

os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import numba_cache  # noqa: E402, F401


def _make_bare_packages():
    """pymatting's packages without what their __init__ imports, which is everything."""
    base = importlib.util.find_spec("pymatting").submodule_search_locations[0]
    for part in ("", "alpha", "foreground", "laplacian", "preconditioner", "solver", "util"):
        name = f"pymatting.{part}" if part else "pymatting"
        package = types.ModuleType(name)
        package.__path__ = [os.path.join(base, part)]
        sys.modules[name] = package


_make_bare_packages()

import onnxruntime  # noqa: E402
import rembg  # noqa: E402, F401
from rembg import bg  # noqa: E402, F401
from rembg.session_factory import new_session  # noqa: E402, F401
from rembg.sessions import sessions  # noqa: E402, F401

VERSION = importlib.metadata.version("rembg")
ONNXRUNTIME_VERSION = onnxruntime.__version__
