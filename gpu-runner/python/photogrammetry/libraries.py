"""How the libraries are imported; import this first.

Open3D's package imports plotly and dash for notebooks. An empty module in the place of the one file that does so saves 30
packages and 100 MB.
"""

import sys
import types

import numba_cache  # noqa: F401


def _without_plotly():
    name = "open3d.visualization.draw_plotly"
    module = types.ModuleType(name)
    for function in ("get_plotly_fig", "draw_plotly", "draw_plotly_server"):
        setattr(module, function, None)
    sys.modules.setdefault(name, module)


_without_plotly()
