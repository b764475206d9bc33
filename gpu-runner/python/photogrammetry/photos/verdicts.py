"""What is said about each photo, from what was measured. Boundaries were set on photos with known blur, light and
movement; a photo is `bad` only when it would do harm, since every photo that is left out tears a hole."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .exposure import Exposure, drift
from .sharpness import Sharpness

# `detail` (sharpness.py) of a sharp photo is 1 to 3. Gaussian blur of σ = 2 px leaves 0.3 of a photo's detail, 3 px 0.2,
# 5 px 0.1; a movement of 9 px leaves 0.3 and of 15 px 0.2: nearly the same numbers whatever is shown.
BLURRED_TO_MEDIAN, SOFT_TO_MEDIAN = 0.3, 0.55
SHARP_DETAIL = 0.8
"""As sharp as a clean edge: then being less sharp than the others comes from what is shown."""
BLURRED_DETAIL, SOFT_DETAIL = 0.17, 0.33
"""Whatever the others are like: σ of about 4 px and 2 px."""

SHARES = ((0.22, "a fifth"), (0.29, "a quarter"), (0.42, "a third"), (math.inf, "half"))
"""How "sharpness to the median" is said, by its upper limits."""

MAX_DRIFT_EV = 1.0
CLIPPED_ABOVE_MEDIAN = 0.15
DARK_EV = -7.0
"""Mean brightness, white being 0."""
MIN_FEATURES, FEW_FEATURES = 25, 100
SMALL_PX = 800
SMALL_TO_MEDIAN = 0.7
"""A small photo is marked only among larger ones: where all are small, that is said once, of the set."""
PANORAMA_ASPECT = 3.0
MIN_LINKS = 2


@dataclass(frozen=True)
class Measures:
    """Of one photo. `links` has one number of matches for each photo it shares something with; `copy_of` is the name of
    a photo that shows the same."""

    sharpness: Sharpness | None
    exposure: Exposure
    features: int
    links: Sequence[int] = ()
    copy_of: str | None = None


@dataclass
class Verdict:
    """`reasons` begin with what makes the photo bad. `measures` is what photos.json says of them."""

    reasons: list[dict[str, str]] = field(default_factory=list)
    measures: dict[str, Any] = field(default_factory=dict)
    _bad_codes: set[str] = field(default_factory=set)

    @property
    def is_bad(self) -> bool:
        return bool(self._bad_codes)

    @property
    def word(self) -> str:
        return "bad" if self.is_bad else "warn" if self.reasons else "good"

    def add(self, code: str, message: str, *, bad: bool = False) -> None:
        at = sum(reason["code"] in self._bad_codes for reason in self.reasons) if bad else len(self.reasons)
        self.reasons.insert(at, {"code": code, "message": message})
        if bad:
            self._bad_codes.add(code)


def judge(photos: Sequence[dict[str, Any]], measures: Sequence[Measures]) -> list[Verdict]:
    """One verdict for each photo of photos.json, in the same order."""
    details = [one.sharpness.detail for one in measures if one.sharpness]
    median_detail = float(np.median(details)) if details else 0.0
    drifts = drift(np.array([one.exposure.ev for one in measures]))
    median_clipped = float(np.median([one.exposure.clipped for one in measures]))
    median_side = float(np.median([max(photo["originalWidth"], photo["originalHeight"]) for photo in photos]))
    verdicts = []
    for photo, one, drift_ev in zip(photos, measures, drifts):
        to_median = one.sharpness.detail / median_detail if one.sharpness and median_detail else None
        verdict = Verdict(measures=_measures(one, to_median, float(drift_ev)))
        _judge_shape(verdict, photo, median_side)
        _judge_content(verdict, one)
        if one.sharpness and to_median is not None and one.features >= MIN_FEATURES:
            _judge_sharpness(verdict, one.sharpness.detail, to_median)
        _judge_light(verdict, one, float(drift_ev), median_clipped)
        if one.copy_of is not None and not verdict.is_bad:
            verdict.add("duplicate", f"Shows the same as {one.copy_of}. Move between the photos.", bad=True)
        if not verdict.is_bad and len(photos) > 2:
            _judge_overlap(verdict, one)
        verdicts.append(verdict)
    return verdicts


def _measures(one: Measures, to_median: float | None, drift_ev: float) -> dict[str, Any]:
    return {
        "sharpness": one.sharpness and round(one.sharpness.detail, 3),
        "sharpnessToMedian": to_median and round(to_median, 3),
        "blurPx": one.sharpness and round(one.sharpness.blur_px, 2),
        "exposureEv": round(drift_ev, 2),
        "clippedShare": round(one.exposure.clipped, 4),
        "features": one.features,
        "links": len(one.links),
        "duplicateOf": one.copy_of,
    }


def _judge_shape(verdict: Verdict, photo: dict[str, Any], median_side: float) -> None:
    width, height = photo["originalWidth"], photo["originalHeight"]
    if max(width, height) >= PANORAMA_ASPECT * min(width, height):
        verdict.add("panorama", f"{width} × {height}: a panorama can't be placed. Take single photos.", bad=True)
    if max(width, height) < min(SMALL_PX, SMALL_TO_MEDIAN * median_side):
        verdict.add("small", f"Only {width} × {height} pixels, fewer than the others: it shows less detail.")


def _judge_content(verdict: Verdict, one: Measures) -> None:
    if one.features >= FEW_FEATURES:
        return
    exposure = one.exposure
    if exposure.blown > 0.5:
        why = "Nearly all of it is white"
    elif exposure.black > 0.5 or exposure.ev < DARK_EV:
        why = "Nearly all of it is black"
    else:
        why = "There is hardly anything in it to recognise: it is plain or blurred"
    advice = "Take it again with the thing larger, and something patterned under it."
    verdict.add("plain", f"{why}. {advice}", bad=one.features < MIN_FEATURES)


def _judge_sharpness(verdict: Verdict, detail: float, to_median: float) -> None:
    share = next(word for limit, word in SHARES if to_median < limit)
    if detail < BLURRED_DETAIL:
        verdict.add("blurred", "Blurred. Take it again, holding still.", bad=True)
    elif to_median < BLURRED_TO_MEDIAN and detail < SHARP_DETAIL:
        verdict.add("blurred", f"Blurred: {share} as sharp as the others. Take it again, holding still.", bad=True)
    elif to_median < SOFT_TO_MEDIAN and detail < SHARP_DETAIL:
        verdict.add("soft", f"A little blurred: about {share} as sharp as the others.")
    elif detail < SOFT_DETAIL:
        verdict.add("soft", "A little blurred.")


def _judge_light(verdict: Verdict, one: Measures, drift_ev: float, median_clipped: float) -> None:
    if abs(drift_ev) > MAX_DRIFT_EV:
        word = "brighter" if drift_ev > 0 else "darker"
        times = 2 ** abs(drift_ev)
        message = f"{times:.1f} times {word} than the photos around it. Keep the exposure fixed."
        verdict.add("exposure", message)
    exposure = one.exposure
    if exposure.clipped > median_clipped + CLIPPED_ABOVE_MEDIAN:
        word = "white" if exposure.blown > exposure.black else "black"
        verdict.add("clipped", f"{exposure.clipped:.0%} of it is plain {word}: nothing can be seen there.")


def _judge_overlap(verdict: Verdict, one: Measures) -> None:
    if not one.links:
        verdict.add("no_overlap", "At a first look it shares nothing with any other photo. Take photos in between.")
    elif len(one.links) < MIN_LINKS:
        verdict.add("little_overlap", "At a first look it shares little with the other photos. Take photos in between.")
