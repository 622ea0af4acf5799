#!/usr/bin/env python3
"""Makes tests/goldens/augment.json with TensorFlow: what its crop_and_resize and its four colour operations make of small pictures.

Needs tensorflow and numpy. Crops are in levels 0..255, colours (every triple of five levels) in 0..1.
"""
import itertools
import json
from pathlib import Path

import numpy
import tensorflow

CROPS = [  # window y0, x0, y1, x1; target width, height
    ((0.1, 0.2, 0.7, 0.9), (7, 5)),
    ((0.25, 0.5, 0.75, 1.0), (60, 9)),
    ((0.0, 0.0, 0.4, 0.3), (11, 50)),
    ((0.33, 0.41, 0.95, 0.72), (1, 6)),
    ((0.5, 0.25, 0.5, 0.75), (5, 3)),
]
COLOURS = [  # brightness, contrast, saturation, hue
    (0, 1, 1, 0),
    (0.125, 1, 1, 0),
    (0, 0.5, 1, 0),
    (0, 1, 1.5, 0),
    (0, 1, 0.5, 0),
    (0, 1, 1, 0.05),
    (0, 1, 1, -0.05),
    (-0.125, 1.5, 1.5, 0.05),
    (-0.125, 1.5, 0.5, -0.03),
    (0.1, 0.7, 1.4, 0.021),
    (0, 1, 1, 0.5),
]


def pattern(width=47, height=39):
    """The same integers as pattern() in tests/image/pictures.h."""
    y, x, c = numpy.mgrid[0:height, 0:width, 0:3]
    return 64 + (x * 37 + y * 91 + c * 53 + x * y * (c + 1)) % 128


def rounded(values, digits):
    return [round(float(v), digits) for v in numpy.ravel(values)]


def crop(window, size):
    picture = tensorflow.constant(pattern()[None], tensorflow.float32)
    return tensorflow.image.crop_and_resize(picture, [window], [0], [size[1], size[0]])[0].numpy()


def colours(brightness, contrast, saturation, hue):
    picture = tensorflow.constant(numpy.array([list(itertools.product((0, 1, 64, 128, 255), repeat=3))]) / 255, tensorflow.float32)
    picture = tensorflow.image.adjust_brightness(picture, brightness)
    picture = tensorflow.image.adjust_contrast(picture, contrast)
    picture = tensorflow.image.adjust_saturation(picture, saturation)
    return tensorflow.image.adjust_hue(picture, hue).numpy()


def main():
    cases = {
        "crops": [{"window": w, "size": s, "levels": rounded(crop(w, s), 4)} for w, s in CROPS],
        "colours": [{"jitter": j, "values": rounded(colours(*j), 7)} for j in COLOURS],
    }
    lines = [f'"{name}": [\n' + ",\n".join(json.dumps(case, separators=(",", ":")) for case in rows) + "]" for name, rows in cases.items()]
    (Path(__file__).resolve().parent / "augment.json").write_text("{" + ",\n".join(lines) + "}\n")


if __name__ == "__main__":
    main()
