"""`python bench/photogrammetry/evaluate RESULT DATASET [--only cameras,surface,views] [--json FILE] [--pictures DIR]`

RESULT is a scene folder (gpu-runner/python/photogrammetry/README.md) or a folder with a job's files (cameras.json,
model.glb); DATASET what `npm run dataset -- turntable` wrote. What RESULT does not have yet is left out. Lengths are
aligned by the cameras alone: a model is not moved onto the truth. Needs the Python environment `photogrammetry`.
"""

import argparse
import json
import sys
from pathlib import Path

BENCH = Path(__file__).resolve().parent.parent
sys.path[0:1] = [str(BENCH), str(BENCH.parent.parent / "gpu-runner" / "python")]

from photogrammetry import libraries  # noqa: E402, F401

from evaluate.evaluation import PARTS, evaluate  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("result", type=Path)
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--only", default=",".join(PARTS), help="parts, separated by commas")
    parser.add_argument("--json", type=Path, help="writes all figures to this file, those of each camera too")
    parser.add_argument("--pictures", type=Path, help="folder for held-out views: truth beside the model")
    arguments = parser.parse_args()
    figures = evaluate(arguments.result, arguments.dataset, arguments.only.split(","), arguments.pictures)
    if arguments.json:
        arguments.json.write_text(json.dumps(figures))
    figures.get("cameras", {}).pop("perCamera", None)
    print(json.dumps(rounded(figures), indent=1))


def rounded(value: object) -> object:
    """For reading: five digits."""
    if isinstance(value, float):
        return float(f"{value:.5g}")
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    return [rounded(item) for item in value] if isinstance(value, list) else value


main()
