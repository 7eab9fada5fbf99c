"""How different colours look, in normal sight and to those who see red or green differently.

Two colours are compared by CIEDE2000, a difference of 1 of which is just noticeable side by side.
Sight without the cones for red (protan) or green (deutan) is simulated with the matrices of
Machado, Oliveira and Fernandes (2009) for the full deficiency.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
SIGHTS: Mapping[str, Floats] = {  # (3, 3) matrices on linear red, green and blue
    "normal": np.eye(3),
    "protan": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deutan": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
}
_TO_XYZ = np.array(  # of sRGB, IEC 61966-2-1
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
_STEEP = 25.0**7


def linear(colours: Sequence[str]) -> Floats:
    """Return linear red, green and blue (n, 3), 0 to 1, of n ``#rrggbb`` colours."""
    channels = [[int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)] for colour in colours]
    values = np.array(channels, dtype=np.float64).reshape(-1, 3)
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def luminance(colours: Sequence[str]) -> Floats:
    """Return the relative luminance (n,), 0 to 1, of n ``#rrggbb`` colours."""
    return np.asarray(linear(colours) @ _TO_XYZ[1])


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of WCAG 2 of two ``#rrggbb`` colours, 1 to 21."""
    low, high = sorted(luminance([one, other]).tolist())
    return float((high + 0.05) / (low + 0.05))


def lab(colours: Sequence[str], sight: str = "normal") -> Floats:
    """Return lightness 0 to 100, a* and b* (n, 3) of n ``#rrggbb`` colours as they are seen.

    Args:
        colours: n colours.
        sight: a key of `SIGHTS`.
    """
    seen = np.clip(linear(colours) @ SIGHTS[sight].T, 0.0, 1.0)
    shares = seen @ _TO_XYZ.T / _TO_XYZ.sum(axis=1)
    steps = np.where(shares > 216 / 24389, np.cbrt(shares), (24389 / 27 * shares + 16) / 116)
    x, y, z = steps.T
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def ciede2000(one: Floats, other: Floats) -> Floats:
    """Return the CIEDE2000 differences (...) of colours (..., 3) in CIELAB.

    The steps and names are those of Sharma, Wu and Dalal (2005), with all weights 1.
    """
    (l1, a1, b1), (l2, a2, b2) = np.moveaxis(one, -1, 0), np.moveaxis(other, -1, 0)
    seventh = ((np.hypot(a1, b1) + np.hypot(a2, b2)) / 2) ** 7
    stretch = 1 + 0.5 * (1 - np.sqrt(seventh / (seventh + _STEEP)))
    a1, a2 = a1 * stretch, a2 * stretch
    c1, c2 = np.hypot(a1, b1), np.hypot(a2, b2)
    h1, h2 = (np.degrees(np.arctan2(b, a)) % 360 for a, b in ((a1, b1), (a2, b2)))
    grey = c1 * c2 == 0
    turn = np.where(grey, 0.0, (h2 - h1 + 180) % 360 - 180)
    total = h1 + h2
    around = np.where(total < 360, total + 360, total - 360)
    hue = np.where(grey, total, np.where(np.abs(h1 - h2) <= 180, total, around) / 2)
    lightness, chroma = (l1 + l2) / 2, (c1 + c2) / 2
    by_l, by_c, by_h, rotation = _weights(lightness, chroma, hue)
    light, strong = (l2 - l1) / by_l, (c2 - c1) / by_c
    turned = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn / 2)) / by_h
    return np.asarray(np.sqrt(light**2 + strong**2 + turned**2 + rotation * strong * turned))


def _weights(lightness: Floats, chroma: Floats, hue: Floats) -> tuple[Floats, ...]:
    """Return S_L, S_C, S_H and R_T of CIEDE2000 at mean lightness, chroma and hue in degrees."""
    cosines = (
        (-0.17, 1, -30), (0.24, 2, 0), (0.32, 3, 6), (-0.20, 4, -63),
    )  # fmt: skip
    tint = 1 + sum(w * np.cos(np.radians(times * hue + by)) for w, times, by in cosines)
    away = (lightness - 50) ** 2
    blue = 60 * np.exp(-(((hue - 275) / 25) ** 2))
    steep = 2 * np.sqrt(chroma**7 / (chroma**7 + _STEEP))
    return (
        1 + 0.015 * away / np.sqrt(20 + away),
        1 + 0.045 * chroma,
        1 + 0.015 * chroma * tint,
        -steep * np.sin(np.radians(blue)),
    )


def least_differences(colours: Sequence[str], others: Sequence[str]) -> Floats:
    """Return for each pair (n, m) of ``#rrggbb`` colours the least CIEDE2000 over all `SIGHTS`."""
    seen = [ciede2000(lab(colours, sight)[:, None], lab(others, sight)[None]) for sight in SIGHTS]
    return np.asarray(np.min(seen, axis=0))
