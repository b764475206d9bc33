"""How bright each photo is against the others, and which of its colours don't fit them."""

import numpy as np

DARK, BRIGHT = 8, 247
"""Values beyond these say nothing about the exposure: they may be clipped."""
HUBER = 0.06
"""Difference of the logarithms up to which it counts in full; beyond it is likely a highlight or another thing."""
ROUNDS = 6
GAIN_SAMPLES = 10_000
"""A photo has three unknowns: more samples than that, evenly taken, say nothing new."""
PRIOR = 1e-3
"""Pull towards 1, in shares of the mean number of samples of a photo: photos that share nothing with others keep their
brightness."""
GAIN_MAX = 4.0
VOTERS_MIN = 4
"""So few views can't outvote one of them."""
OUTLIER_LEVELS = 24.0
"""A colour that differs from the others' median by less is always fine; a textured place differs by the poses'
errors."""
OUTLIER_SPREADS = 4.0
CHUNK = 20_000


def gains(colors: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Factors (views, 3) that make the photos equally bright, from colours (views, samples, 3) uint8 where `seen`
    (views, samples).

    In each channel log color = log albedo_sample − log gain_view, solved by least squares over all samples that at
    least two views see; differences beyond HUBER count less. The mean logarithm of the gains is 0.
    """
    few = slice(None, None, max(1, colors.shape[1] // GAIN_SAMPLES))
    colors, seen = colors[:, few], seen[:, few]
    result = np.ones((len(colors), 3))
    for channel in range(3):
        values = colors[:, :, channel].astype(np.float32)
        usable = seen & (values > DARK) & (values < BRIGHT)
        usable &= usable.sum(axis=0) >= 2
        result[:, channel] = _solve(np.log(np.maximum(values, 1)), usable)
    return result


def _solve(logs: np.ndarray, usable: np.ndarray) -> np.ndarray:
    """Gains (views,) of one channel."""
    log_gain = np.zeros(len(logs))
    weight = usable.astype(np.float32)
    for _ in range(ROUNDS):
        per_sample = np.maximum(weight.sum(axis=0), 1e-6)
        per_view = weight.sum(axis=1)
        if not per_view.any():
            break
        # The samples' albedos are put into the equations of the views (Schur complement), which are few.
        share = weight / per_sample
        system = np.diag(per_view.astype(np.float64)) - (share @ weight.T)
        mean = (share * logs).sum(axis=0)
        right = -(weight * (logs - mean)).sum(axis=1).astype(np.float64)
        system += np.eye(len(logs)) * PRIOR * max(float(per_view.mean()), 1e-6)
        log_gain = np.linalg.solve(system, right)
        log_gain -= np.average(log_gain, weights=per_view)
        corrected = logs + log_gain[:, None].astype(np.float32)
        mean = (share * corrected).sum(axis=0)
        difference = np.abs(corrected - mean)
        weight = usable * np.minimum(1, HUBER / np.maximum(difference, 1e-6)).astype(np.float32)
    return np.clip(np.exp(log_gain), 1 / GAIN_MAX, GAIN_MAX)


def consensus(colors: np.ndarray, seen: np.ndarray, gain: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The colour that most views agree on (samples, 3) float32, and how much to trust each view's colour (views,
    samples) uint8.

    255 = fits, 0 = another thing stood there. Colours nobody saw are NaN. A colour that lies beyond OUTLIER_SPREADS
    median deviations of the median is trusted less the farther out it lies.
    """
    views, samples = seen.shape
    agreed = np.full((samples, 3), np.nan, np.float32)
    trust = np.full((views, samples), 255, np.uint8)
    for start in range(0, samples, CHUNK):
        part = slice(start, start + CHUNK)
        here = seen[:, part]
        known = here.any(axis=0)
        values = colors[:, part].astype(np.float32) * gain[:, None].astype(np.float32)
        values[~here] = np.nan
        median = np.full((here.shape[1], 3), np.nan, np.float32)
        median[known] = np.nanmedian(values[:, known], axis=0)
        difference = np.abs(values - median).max(axis=2)
        spread = np.zeros(here.shape[1], np.float32)
        spread[known] = np.nanmedian(difference[:, known], axis=0)
        limit = np.maximum(OUTLIER_LEVELS, OUTLIER_SPREADS * spread)
        fits = np.clip(2 - difference / limit, 0, 1)
        few = here.sum(axis=0) < VOTERS_MIN
        fits[:, few] = 1
        trust[:, part] = np.where(here, np.nan_to_num(fits * 255, nan=255), 255).astype(np.uint8)
        agreed[part] = median
    return agreed, trust
