"""How bright a photo is and how much of it is lost in white or black."""

from dataclasses import dataclass

import numpy as np

BLOWN_FROM, BLACK_TO = 254, 2
NEIGHBOURS = 4
"""Photos before and after one that it is compared with: light may change slowly along a set."""


@dataclass(frozen=True)
class Exposure:
    """`ev` is the photo's brightness in stops (1 stop = twice the light), to be compared among photos. The others are
    shares of its pixels, 0 to 1."""

    ev: float
    blown: float
    black: float

    @property
    def clipped(self) -> float:
        return self.blown + self.black


def measure_exposure(rgb: np.ndarray) -> Exposure:
    """Of a small picture `(h, w, 3)` uint8 sRGB. The brightness is the mean of the linear light's logarithm, as light
    meters and tone mapping take it (Reinhard and others, "Photographic tone reproduction", 2002): a small bright lamp
    counts little."""
    light = _LINEAR[rgb] @ np.array([0.2126, 0.7152, 0.0722], np.float32)
    return Exposure(
        ev=float(np.log2(light + 1e-3).mean()),
        blown=float((rgb >= BLOWN_FROM).all(axis=2).mean()),
        black=float((rgb <= BLACK_TO).all(axis=2).mean()),
    )


def drift(ev: np.ndarray) -> np.ndarray:
    """`(n,)`: by how many stops each photo is brighter than the median of its neighbours in the set."""
    medians = [np.median(ev[max(0, at - NEIGHBOURS) : at + NEIGHBOURS + 1]) for at in range(len(ev))]
    return ev - np.array(medians)


def _linear_light() -> np.ndarray:
    """Linear light of each of the 256 values of sRGB (IEC 61966-2-1)."""
    value = np.arange(256) / 255
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4).astype(np.float32)


_LINEAR = _linear_light()
