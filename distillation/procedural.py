"""Seeded images that nobody owns: shapes, textures, gradients, noise, synthetic lesions."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

Grey = NDArray[np.float32]
Rgb = NDArray[np.uint8]
Painter = Callable[[int, np.random.Generator], Grey]


def procedural_image(size: int, seed: int) -> Rgb:
    """One image, the same for the same seed.

    Shape:
        ``(size, size, 3)``.
    """
    rng = np.random.default_rng(seed)
    paint = PAINTERS[seed % len(PAINTERS)]
    grey = paint(size, rng)
    if rng.random() < 0.5:
        grey = grey + rng.uniform(0.1, 0.5) * PAINTERS[rng.integers(len(PAINTERS))](size, rng)
    return _coloured(grey, rng)


def _coloured(grey: Grey, rng: np.random.Generator) -> Rgb:
    """Half of the images stay grey, the others run between two colours."""
    low, high = np.quantile(grey, [0.01, 0.99])
    unit = np.clip((grey - low) / max(float(high - low), 1e-6), 0, 1)[..., None]
    if rng.random() < 0.5:
        first, second = np.zeros(3), np.full(3, rng.uniform(0.6, 1))
    else:
        first, second = rng.uniform(0, 0.5, 3), rng.uniform(0.3, 1, 3)
    return np.round(255 * (first + unit * (second - first))).astype(np.uint8)


def _gradient(size: int, rng: np.random.Generator) -> Grey:
    y, x = _grid(size)
    angle = rng.uniform(0, 2 * np.pi)
    ramp = x * np.cos(angle) + y * np.sin(angle)
    centre = rng.uniform(-0.5, 0.5, 2)
    radius = np.hypot(x - centre[0], y - centre[1])
    return (ramp if rng.random() < 0.5 else -radius).astype(np.float32)


def _noise(size: int, rng: np.random.Generator) -> Grey:
    """Noise whose power falls with frequency, from white to cloudy."""
    spectrum = np.fft.rfft2(rng.normal(size=(size, size)))
    frequency = np.hypot(np.fft.fftfreq(size)[:, None], np.fft.rfftfreq(size)[None])
    frequency[0, 0] = 1 / size
    coloured = np.fft.irfft2(spectrum * frequency ** -rng.uniform(0, 2), s=(size, size))
    return (coloured / coloured.std()).astype(np.float32) / 4


def _texture(size: int, rng: np.random.Generator) -> Grey:
    """Gratings, warped by clouds."""
    y, x = _grid(size)
    warp = _noise(size, rng) * rng.uniform(0, 0.4)
    total = np.zeros((size, size), dtype=np.float32)
    for _ in range(rng.integers(1, 4)):
        angle, waves = rng.uniform(0, np.pi), rng.uniform(2, size / 8)
        phase = (x * np.cos(angle) + y * np.sin(angle) + warp) * np.pi * waves
        total += np.sin(phase).astype(np.float32)
    return np.sign(total) if rng.random() < 0.25 else total


def _shapes(size: int, rng: np.random.Generator) -> Grey:
    """Polygons, ellipses and lines over one another."""
    picture = Image.new("L", (size, size), int(rng.integers(256)))
    draw = ImageDraw.Draw(picture)
    for _ in range(rng.integers(3, 25)):
        centre, reach = rng.uniform(0, size, 2), rng.uniform(0.02, 0.3) * size
        points = [tuple(centre + rng.uniform(-reach, reach, 2)) for _ in range(rng.integers(3, 7))]
        tone = int(rng.integers(256))
        kind = rng.integers(3)
        if kind == 0:
            draw.polygon(points, fill=tone)
        elif kind == 1:
            draw.ellipse([*(centre - reach), *(centre + reach)], fill=tone)
        else:
            draw.line(points, fill=tone, width=int(rng.integers(1, 9)))
    blurred = picture.filter(ImageFilter.GaussianBlur(rng.uniform(0, 2)))
    return np.asarray(blurred, dtype=np.float32) / 255


def _lesions(size: int, rng: np.random.Generator) -> Grey:
    """A round or oblong organ with branching vessels and soft bright or dark spots."""
    y, x = _grid(size)
    wide, high = rng.uniform(0.5, 1.1, 2)
    organ = np.tanh(8 * (1 - np.hypot(x / wide, y / high))) * rng.uniform(0.3, 0.8)
    canvas = organ + _noise(size, rng) * 0.2 - 0.3 * _vessels(size, rng)
    for _ in range(rng.integers(1, 30)):
        centre, radius = rng.uniform(-0.8, 0.8, 2), rng.uniform(0.01, 0.15)
        distance = np.hypot(x - centre[0], (y - centre[1]) * rng.uniform(0.6, 1.6)) / radius
        canvas += rng.uniform(-0.4, 0.4) * (1 - np.tanh(rng.uniform(1.5, 6) * (distance - 1)))
    return canvas.astype(np.float32)


def _vessels(size: int, rng: np.random.Generator) -> Grey:
    picture = Image.new("L", (size, size))
    draw = ImageDraw.Draw(picture)
    for _ in range(rng.integers(2, 14)):
        steps = rng.normal(rng.uniform(-1, 1, 2), 0.5, (60, 2)) * size / 60
        path = np.cumsum(np.vstack([rng.uniform(0.2, 0.8, (1, 2)) * size, steps]), axis=0)
        draw.line([tuple(point) for point in path], fill=255, width=int(rng.integers(1, 7)))
    return np.asarray(picture.filter(ImageFilter.GaussianBlur(1.5)), dtype=np.float32) / 255


def _grid(size: int) -> tuple[Grey, Grey]:
    axis = np.linspace(-1, 1, size, dtype=np.float32)
    return axis[:, None], axis[None, :]


PAINTERS: tuple[Painter, ...] = (_gradient, _noise, _texture, _shapes, _lesions)
"""One per kind of image; they take turns."""
