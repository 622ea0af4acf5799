"""Writes tensorflow.json: rates, updates and training steps of the three reference programs, computed by TensorFlow's own operations.

Run with tensorflow-cpu 2.21.0, numpy 2: python tests/goldens/make_tensorflow_goldens.py. No random numbers.
Rates are evaluated in float64: the formulas are compared, not float32's rounding. Updates and steps are float32, because TensorFlow's fused batch
norm, whose unbiased moving variance is a point of the comparison, knows nothing wider. So that no golden stands on a kink, the script also makes
each step in float64 with its own batch norm and prints how far the two are apart.
"""
import json
import math
import os
import pathlib
import re

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"

import numpy as np
import tensorflow as tf

from formula import draws, formula
from tensorflow_resnet import ResNet

v1 = tf.compat.v1.train
IMAGES = 1281167  # of ImageNet


def numbers(values, digits=9):
    return [float(f"{float(v):.{digits}g}") for v in np.asarray(values, dtype=np.float64).ravel()]


# ---------------------------------------------------------------- rates (spec 2.4, 2.6)


def warm_up(step, steps, peak, after, inclusive=False):
    at = tf.cast(step, tf.float64)
    inside = step <= steps if inclusive else step < steps
    return tf.where(inside, tf.constant(peak, tf.float64) * at / max(steps, 1), tf.cast(after, tf.float64))


def piecewise(step, boundaries, values):
    return v1.piecewise_constant(step, [tf.constant(b, tf.int64) for b in boundaries], [tf.constant(v, tf.float64) for v in values])()


def estimator_rate(batch):
    epoch, peak = IMAGES / batch, 0.128 * batch / 256
    boundaries, steps = [int(epoch * e) for e in (30, 60, 80, 90)], int(epoch * 3)
    rate = lambda step: warm_up(step, steps, peak, piecewise(step, boundaries, [peak * d for d in (1, 0.1, 0.01, 0.001, 0.0001)]))
    return rate, [steps, *boundaries], IMAGES // batch * 90


def cosine_rate(batch):
    epoch, peak = IMAGES / batch, 0.256 * batch / 256
    end, steps = int(epoch * 90), int(epoch * 8)

    def rate(step):  # v1.cosine_decay written out: that one is float32
        passed = tf.cast(tf.minimum(step, end), tf.float64) / end
        return warm_up(step, steps, peak, peak * 0.5 * (1 + tf.cos(tf.constant(math.pi, tf.float64) * passed)))

    return rate, [steps, end // 2, end], IMAGES // batch * 90


def lars_rate(batch):
    epoch, peak = IMAGES / batch, {256: 2.5, 2048: 9.5}[batch]
    steps = int(epoch * 3)
    decay = epoch * 38 - steps + 1

    def rate(step):
        after = tf.maximum(tf.constant(1, tf.float64), tf.cast(step - steps, tf.float64))
        wide = [tf.constant(number, tf.float64) for number in (peak, decay, 1e-4)]
        return warm_up(step, steps, peak, v1.polynomial_decay(wide[0], after, wide[1], wide[2], power=2.0)(), inclusive=True)

    return rate, [steps, steps + int(decay)], IMAGES // batch * 38


def keras_rate(batch):
    epoch, peak = IMAGES // batch, 0.1 * batch / 256
    boundaries, steps = [epoch * e for e in (30, 60, 80)], epoch * 5
    rate = lambda step: warm_up(step, steps, peak, piecewise(step, boundaries, [peak * d for d in (1, 0.1, 0.01, 0.001)]))
    return rate, [steps, *boundaries], epoch * 90


def schedules():
    result = {}
    for name, make in (("resnet50-sgd", estimator_rate), ("resnext101", cosine_rate), ("resnet50-lars", lars_rate), ("resnet50-keras", keras_rate)):
        for batch in (256, 2048):
            rate, marks, total = make(batch)
            steps = sorted({0, 1, marks[0] // 2, total - 1, *(m + d for m in marks for d in (-1, 0, 1))})
            rates = numbers([rate(tf.constant(s, tf.int64)) for s in steps], 16)
            result[f"{name} {batch}"] = {"total_steps": total, "steps": steps, "rates": rates}
    return result


# ---------------------------------------------------------------- updates of single tensors (spec 1.4, 2.4)

SHAPES = {"kernel": (3, 3, 2, 4), "zero": (2, 3), "gamma": (8,), "bias": (5,)}  # zero: a kernel whose norm is 0
RATES = [0.0, 0.5, 2.5, 2.0, 2.0]
MOMENTUM, DECAY = 0.9, 0.01


def value(name):
    return np.zeros(SHAPES[name], np.float32) if name == "zero" else (0.5 * draws(name, int(np.prod(SHAPES[name])))).astype(np.float32).reshape(SHAPES[name])


def gradient(name, step):
    return (0.25 * draws(f"{name}/{step}", int(np.prod(SHAPES[name])))).astype(np.float32).reshape(SHAPES[name])


def lars(double_decay):
    weights = {name: tf.Variable(value(name)) for name in SHAPES}
    moved = {name: tf.Variable(tf.zeros(SHAPES[name])) for name in SHAPES}
    trail = []
    for step, rate in enumerate(RATES):
        for name, w in weights.items():
            g = tf.constant(gradient(name, step))
            if double_decay and name != "gamma":  # the reference: decay * tf.nn.l2_loss(w) is part of the loss too
                with tf.GradientTape() as tape:
                    loss = DECAY * tf.nn.l2_loss(w)
                g += tape.gradient(loss, w)
            scaled = tf.constant(rate, tf.float32)
            if name in ("kernel", "zero"):
                w_norm, g_norm = tf.norm(w, ord=2), tf.norm(g, ord=2)
                trust = tf.where(tf.greater(w_norm, 0), tf.where(tf.greater(g_norm, 0), 0.001 * w_norm / (g_norm + DECAY * w_norm), 1.0), 1.0)
                scaled = scaled * trust
                g = g + DECAY * w
            moved[name].assign(MOMENTUM * moved[name] + scaled * g)
            w.assign_sub(moved[name])
        trail.append({name: numbers(w) for name, w in weights.items()})
    return trail


def momentum(keras):
    weight = tf.Variable(value("kernel"))
    rate = tf.Variable(0.0)
    optimizer = tf.keras.optimizers.SGD(learning_rate=0.0, momentum=MOMENTUM) if keras else v1.MomentumOptimizer(lambda: rate, MOMENTUM)
    trail = []
    for step, new_rate in enumerate(RATES):
        rate.assign(new_rate)
        if keras:
            optimizer.learning_rate = new_rate
        optimizer.apply_gradients([(tf.constant(gradient("kernel", step)), weight)])
        trail.append({"kernel": numbers(weight)})
    return trail


# ---------------------------------------------------------------- the first steps of a network (spec 2.1 to 2.4, 2.6)

BATCH, SIDE, CELL, OUTPUTS = 4, 64, 16, 10
LABELS = [3, 7, 1, 0]
MEANS = [123.68, 116.78, 103.94]
STEP_RATES = [0.004, 0.002]  # two steps with different rates: the two forms of momentum part
STEP_DECAY = 0.01  # not the recipes' 1e-4: a missing or halved decay must show in the update of every kernel


def pictures():
    """Uint8 squares of one colour. Of a few draws the first with which no value before a ReLU stands within rounding of zero, as main() prints."""
    cells = np.rint(127.5 + 127 * draws("pictures 3", BATCH * (SIDE // CELL) ** 2 * 3)).astype(np.uint8).reshape(BATCH, SIDE // CELL, SIDE // CELL, 3)
    return cells.repeat(CELL, 1).repeat(CELL, 2)


def digest(name, flat):
    return numbers([np.linalg.norm(flat), flat @ draws(name + "/probe", flat.size), flat[0], flat[flat.size // 3], flat[-1]], 6)


def train(network, keras, smoothing, mu, bn_momentum):
    dtype = network.dtype
    images = tf.constant(pictures().astype(np.float32) - np.array(MEANS, np.float32), dtype)
    moved = None
    result = {"logits": [], "losses": []}
    rate = tf.Variable(0.0, dtype=dtype)
    if dtype == tf.float32:
        optimizer = tf.keras.optimizers.SGD(learning_rate=0.0, momentum=mu) if keras else v1.MomentumOptimizer(lambda: rate, mu)
    for new_rate in STEP_RATES:
        with tf.GradientTape() as tape:
            logits = network.forward(images, bn_momentum)
            decayed = [name for name in network.trainable if not re.search(r"bn\d|downsample\.1", name)]
            if keras:  # summed, divided by the batch; decay without a half
                entropy = tf.reduce_sum(tf.keras.losses.sparse_categorical_crossentropy(tf.constant(LABELS), logits, from_logits=True)) / BATCH
                l2 = STEP_DECAY * tf.add_n([tf.reduce_sum(tf.square(network.tensors[name])) for name in decayed])
            else:
                onehot = tf.one_hot(LABELS, OUTPUTS, dtype=dtype)
                entropy = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(onehot * (1 - smoothing) + smoothing / OUTPUTS, logits))
                l2 = STEP_DECAY * tf.add_n([tf.nn.l2_loss(network.tensors[name]) for name in decayed])
            loss = entropy + l2
        rows = [network.tensors[name] for name in network.trainable]
        gradients = tape.gradient(loss, rows)
        rate.assign(new_rate)
        if dtype == tf.float32:
            if keras:
                optimizer.learning_rate = new_rate
            optimizer.apply_gradients(zip(gradients, rows))
        else:  # the check in float64
            moved = moved or [tf.zeros_like(g) for g in gradients]
            moved = [mu * m - new_rate * g for m, g in zip(moved, gradients)] if keras else [mu * m + g for m, g in zip(moved, gradients)]
            for w, m in zip(rows, moved):
                w.assign_add(m if keras else -new_rate * m)
        result["logits"].append(numbers(logits, 8))
        result["losses"].append(numbers([entropy, l2], 8))
    changes = {name: (tensor.numpy().astype(np.float64) - formula_in_tf(name, tensor)).ravel() for name, tensor in network.tensors.items()}
    return result, changes


def formula_in_tf(name, tensor):
    """The values that the tensor began with, in TensorFlow's order of dimensions."""
    return ResNet.to_tensorflow(formula(name, ResNet.torch_shape(tensor.shape))).astype(np.float64)


def in_torch_order(name, flat, shape):
    return np.ascontiguousarray(ResNet.to_torch(flat.reshape(shape))).ravel()


def steps():
    cases = {
        "estimator": (dict(name="resnet18"), dict(keras=False, smoothing=0.0, mu=0.9, bn_momentum=0.997)),
        "keras": (dict(name="resnet18", keras_stem=True), dict(keras=True, smoothing=0.0, mu=0.9, bn_momentum=0.9)),
        "resnext": (dict(name="resnext50_32x4d"), dict(keras=False, smoothing=0.1, mu=0.875, bn_momentum=0.997)),
    }
    result = {}
    for title, (network, training) in cases.items():
        single = ResNet(outputs=OUTPUTS, dtype=tf.float32, **network)
        row, changes = train(single, **training)
        wide_row, wide = train(ResNet(outputs=OUTPUTS, dtype=tf.float64, **network), **training)
        # beside the rounding of the stored float32, which hides small changes of large values
        room = {name: 1e-3 * np.linalg.norm(wide[name]) + 1.2e-7 * np.linalg.norm(tensor.numpy()) for name, tensor in single.tensors.items()}
        worst = max((np.linalg.norm(changes[name] - wide[name]) / room[name], name) for name in changes)
        apart = np.abs(np.array(row["logits"]) - np.array(wide_row["logits"])).max(axis=1)
        print(f"{title}: float32 and float64 logits differ by {apart[0]:.1e} and {apart[1]:.1e}, changes by at most {worst[0]:.2f} of the tests' room ({worst[1]})")
        row["changes"] = {name: digest(name, in_torch_order(name, flat, single.tensors[name].shape)) for name, flat in changes.items()}
        result[title] = row
    return result


def main():
    result = {
        "made with": f"tensorflow-cpu {tf.__version__}, numpy {np.__version__}",
        "schedules": schedules(),
        "updates": {"rates": RATES, "lars": lars(False), "lars, double decay": lars(True), "momentum": momentum(False), "momentum_keras": momentum(True)},
        "steps": {"batch": BATCH, "side": SIDE, "cell": CELL, "outputs": OUTPUTS, "labels": LABELS, "rates": STEP_RATES, "networks": steps()},
    }
    text = re.sub(r"\[[^\[\]{}]*\]", lambda m: " ".join(m[0].split()), json.dumps(result, indent=1))  # one list a line
    pathlib.Path(__file__).with_name("tensorflow.json").write_text(text + "\n")


main()
