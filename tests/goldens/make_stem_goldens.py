"""Prints the literals of tests/models/stem_test.cpp: stem and pooling of the network by loops over pixels, in float64, without a library of networks.

Run with numpy 2: python tests/goldens/make_stem_goldens.py. SAME puts the odd pixel at the bottom and right (TensorFlow); the Keras stem has 3 pixels
around the picture, and pools with SAME; symmetric is floor(k / 2) on every side, as torchvision.
"""
import numpy as np

SIDE, CHANNELS = 8, 2  # of the stem's 64 channels only the first two are shown


def formula(n, factor, modulus, divisor):
    return ((factor * np.arange(n)) % modulus - modulus // 2) / divisor


def pads(side, kernel, padding):
    if padding == "symmetric":
        return kernel // 2, kernel // 2
    total = max((-(-side // 2) - 1) * 2 + kernel - side, 0)
    return total // 2, total - total // 2


def windows(picture, kernel, padding, outside):
    """Every window of stride 2 over [channels, side, side], in rows."""
    before, after = pads(picture.shape[1], kernel, padding)
    wide = np.full((picture.shape[0], picture.shape[1] + before + after, picture.shape[2] + before + after), outside)
    wide[:, before : before + picture.shape[1], before : before + picture.shape[2]] = picture
    starts = range(0, wide.shape[1] - kernel + 1, 2)
    return [[wide[:, y : y + kernel, x : x + kernel] for x in starts] for y in starts]


def show(name, values):
    print(f"{name} {np.asarray(values).shape}: {{{', '.join(f'{float(v):.6g}F' for v in np.asarray(values).ravel())}}}")


picture = formula(3 * SIDE * SIDE, 37, 101, 50).reshape(3, SIDE, SIDE)
weight = formula(64 * 3 * 49, 29, 97, 200).reshape(64, 3, 7, 7)[:CHANNELS]
for stem, of_convolution, of_pooling in (("same", "same", "same"), ("symmetric", "symmetric", "symmetric"), ("keras", "symmetric", "same")):
    grid = windows(picture, 7, of_convolution, 0.0)
    after = np.array([[[max(0.0, (w * kernel).sum() / np.sqrt(1 + 1e-5)) for w in row] for row in grid] for kernel in weight])  # fresh statistics
    pooled = np.array([[[w.max() for w in row] for row in windows(after[c : c + 1], 3, of_pooling, -np.inf)] for c in range(CHANNELS)])
    show(f"{stem}: after the stem", after)
    show(f"{stem}: pooled", pooled)
