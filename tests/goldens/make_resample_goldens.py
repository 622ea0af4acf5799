#!/usr/bin/env python3
"""Makes tests/goldens/resample.txt: a small pattern scaled by Pillow. Needs numpy and Pillow.

Each line: filter, crop (x y width height), target width and height, then the RGB bytes in hexadecimal.
"""
from pathlib import Path

import numpy
from PIL import Image


def pattern(width=47, height=39):
    """The same integers as pattern() in tests/image/pictures.h; far enough from 0 and 255 that Pillow does not clamp between its passes."""
    y, x, c = numpy.mgrid[0:height, 0:width, 0:3]
    return (64 + (x * 37 + y * 91 + c * 53 + x * y * (c + 1)) % 128).astype(numpy.uint8)


def main():
    source = Image.fromarray(pattern())
    lines = ["# filter x y width height target_width target_height rgb; written by make_resample_goldens.py with Pillow"]
    for name, method in (("bilinear", Image.Resampling.BILINEAR), ("bicubic", Image.Resampling.BICUBIC)):
        for crop, target in (((0, 0, 47, 39), (16, 13)), ((0, 0, 47, 39), (30, 21)), ((5, 3, 9, 11), (23, 25)), ((11, 7, 31, 2), (10, 3)), ((3, 2, 1, 30), (4, 7))):
            x, y, width, height = crop
            scaled = source.crop((x, y, x + width, y + height)).resize(target, method)
            lines.append(" ".join([name, *map(str, crop), *map(str, target), scaled.tobytes().hex()]))
    (Path(__file__).resolve().parent / "resample.txt").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
