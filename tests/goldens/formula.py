"""The closed formula that gives every tensor of a golden network its values, as tests/models/formula.h does. Needs numpy only."""
import math

import numpy as np


def draws(name, count):
    """`count` numbers in [-1, 1) that depend on the name and the element only: FNV-1a of the name, then MurmurHash3's 32-bit finaliser."""
    key = 2166136261
    for byte in name.encode():
        key = (key ^ byte) * 16777619 % 2**32
    x = np.uint32(key) + np.arange(count, dtype=np.uint32) * np.uint32(2654435769)
    x = (x ^ (x >> np.uint32(16))) * np.uint32(0x85EBCA6B)
    x = (x ^ (x >> np.uint32(13))) * np.uint32(0xC2B2AE35)
    x ^= x >> np.uint32(16)
    return x / 2**31 - 1


def formula(name, shape):
    """A tensor of the network, float32, in PyTorch's order of dimensions.

    Biases of batch norm keep most values above zero, and the last norm of a bottleneck is small: rounding then switches hardly a ReLU between
    two float32 implementations, which would change the gradients of the layers below by percents and hide what a comparison is for.
    """
    u = draws(name, math.prod(shape))
    is_last = ".bn3." in name
    has_norm = not name.startswith(("fc.", "extra.", "class.", "box."))
    if len(shape) > 1:
        value = math.sqrt(3 / math.prod(shape[1:])) * u
    elif name.endswith("running_mean") or (name.endswith("bias") and not has_norm):
        value = 0.1 * u
    elif name.endswith("running_var"):
        value = 1 + 0.5 * u
    elif name.endswith("bias"):
        value = 0.1 * u if is_last else 2 + 0.5 * u
    else:
        value = (0.25 if is_last else 1) * (1 + 0.25 * u)
    return value.astype(np.float32).reshape(shape)
