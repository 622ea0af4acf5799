"""Writes ssd.json: default boxes, targets, losses with their gradients, decoding, suppression and learning rates of the SSD, computed by TensorFlow's own
operations as spec 3.3 to 3.8 have them.

Run with tensorflow-cpu 2.21.0, numpy 2: python tests/goldens/make_ssd_goldens.py. No random numbers: inputs are formula.py's draws.
"""
import json
import math
import os
import pathlib

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"

import numpy as np
import tensorflow as tf

from formula import draws

ANCHORS = 8732


def numbers(values, digits=9):
    return [float(f"{float(v):.{digits}g}") for v in np.asarray(values, dtype=np.float64).ravel()]


# ---------------------------------------------------------------- default boxes (spec 3.3)


def default_boxes():
    sizes, steps = (38, 19, 10, 5, 3, 1), (8, 16, 32, 64, 100, 300)
    scales, ratios = (21, 45, 99, 153, 207, 261, 315), ((2,), (2, 3), (2, 3), (2, 3), (2,), (2,))
    rows = []
    for k, size in enumerate(sizes):
        s1, s2 = scales[k] / 300, scales[k + 1] / 300
        shapes = [(s1, s1), (math.sqrt(s1 * s2),) * 2]
        for r in ratios[k]:
            shapes += [(s1 * math.sqrt(r), s1 / math.sqrt(r)), (s1 / math.sqrt(r), s1 * math.sqrt(r))]
        for i in range(size):
            for j in range(size):
                for w, h in shapes:
                    rows.append(((i + 0.5) * steps[k] / 300, (j + 0.5) * steps[k] / 300, h, w))
    cy, cx, h, w = np.clip(np.array(rows), 0, 1).T
    return tf.constant(np.stack([cy - h / 2, cx - w / 2, cy + h / 2, cx + w / 2], 1), tf.float32)


# ---------------------------------------------------------------- targets (spec 3.4)


def centres(boxes):
    y0, x0, y1, x1 = tf.unstack(boxes, axis=1)
    return y0 + (y1 - y0) / 2, x0 + (x1 - x0) / 2, y1 - y0, x1 - x0


def iou_matrix(a, b):
    a, b = a[:, None], b[None]
    h = tf.maximum(0.0, tf.minimum(a[..., 2], b[..., 2]) - tf.maximum(a[..., 0], b[..., 0]))
    w = tf.maximum(0.0, tf.minimum(a[..., 3], b[..., 3]) - tf.maximum(a[..., 1], b[..., 1]))
    both = h * w
    union = (a[..., 2] - a[..., 0]) * (a[..., 3] - a[..., 1]) + (b[..., 2] - b[..., 0]) * (b[..., 3] - b[..., 1]) - both
    return tf.where(both == 0, tf.zeros_like(both), both / union)


def match(truths, anchors):
    overlap = iou_matrix(truths, anchors)
    matches = tf.where(tf.reduce_max(overlap, 0) < 0.5, -1, tf.argmax(overlap, 0, output_type=tf.int32))
    claimed = tf.one_hot(tf.argmax(overlap, 1), anchors.shape[0])  # [G, A]
    return tf.where(tf.reduce_max(claimed, 0) > 0, tf.argmax(claimed, 0, output_type=tf.int32), matches)


def encode(boxes, anchors):
    eps = 1e-8
    yc, xc, h, w = centres(boxes)
    ya, xa, ha, wa = centres(anchors)
    ha, wa, h, w = ha + eps, wa + eps, h + eps, w + eps
    return tf.stack([10 * (yc - ya) / ha, 10 * (xc - xa) / wa, 5 * tf.math.log(h / ha), 5 * tf.math.log(w / wa)], 1)


def truths_of(name, count):
    u = (draws(name, 4 * count).reshape(-1, 4) + 1) / 2
    side = 0.02 + 0.6 * u[:, 2:] ** 2
    corner = u[:, :2] * (1 - side)
    return np.concatenate([corner, corner + side], 1).astype(np.float32)


def targets(anchors):
    hard = np.array([[0.1, 0.1, 0.11, 0.11], [0.1, 0.1, 0.11, 0.11], [0.5, 0.5, 0.5, 0.5], [0, 0, 1, 1], [0.99, 0.99, 1, 1]], np.float32)
    cases = {"one": truths_of("one", 1), "seven": truths_of("seven", 7), "forty": truths_of("forty", 40), "hard": hard}
    out = {}
    for name, truths in cases.items():
        m = match(tf.constant(truths), anchors).numpy()
        at = np.nonzero(m >= 0)[0]
        offsets = encode(tf.gather(tf.constant(truths), m[at]), tf.gather(anchors, at)).numpy()
        out[name] = {"truths": numbers(truths), "anchors": at.tolist(), "matches": m[at].tolist(), "offsets": numbers(offsets)}
    return out


# ---------------------------------------------------------------- loss (spec 3.5)


def loss_case(name, images, anchors, classes, matched, ties=False):
    logits = draws(name + " logits", images * anchors * classes).reshape(images, anchors, classes).astype(np.float32) * 3
    if ties:
        logits[:] = np.round(logits)  # many equal losses: the lower box must be chosen
        logits[:, ::2] = logits[:, :1]
    boxes = draws(name + " boxes", images * anchors * 4).reshape(images, anchors, 4).astype(np.float32) * 2
    wanted = draws(name + " offsets", images * anchors * 4).reshape(images, anchors, 4).astype(np.float32) * 2
    u = draws(name + " labels", images * anchors).reshape(images, anchors)
    labels = np.zeros((images, anchors), np.int32)
    for i, n in enumerate(matched):
        at = np.argsort(u[i])[:n]
        labels[i, at] = 1 + (np.arange(n) % (classes - 1))
    positive = tf.constant(labels > 0)
    count = tf.constant(np.maximum(1, matched), tf.float32)
    x, b = tf.Variable(logits), tf.Variable(boxes)
    with tf.GradientTape() as tape:
        ce = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=x)
        scores = tf.where(positive, tf.zeros_like(ce), ce)
        _, order = tf.math.top_k(scores, anchors)
        place = tf.argsort(order, 1)
        chosen = place < 3 * tf.constant(matched, tf.int32)[:, None]
        weight = tf.cast(positive, tf.float32) + tf.cast(chosen, tf.float32)
        cls = tf.reduce_mean(tf.reduce_sum(ce * tf.stop_gradient(weight), 1) / count)
        e = tf.abs(b - wanted)
        huber = tf.reduce_sum(tf.where(e <= 1, 0.5 * e * e, e - 0.5), 2)
        loc = tf.reduce_mean(tf.reduce_sum(huber * tf.cast(positive, tf.float32), 1) / count)
        total = cls + loc
    dx, db = tape.gradient(total, [x, b])
    rows = sorted({i * anchors + a for i in range(images) for a in range(0, anchors, max(1, anchors // 12))} | set(np.nonzero(labels.ravel())[0][:6].tolist()))
    return {"images": images, "anchors": anchors, "classes": classes, "matched": matched, "ties": ties, "labels": labels.ravel().tolist(), "cls": numbers(cls)[0],
            "box": numbers(loc)[0], "rows": rows, "dlogits": numbers(tf.gather(tf.reshape(dx, (-1, classes)), rows)),
            "dboxes": numbers(tf.gather(tf.reshape(db, (-1, 4)), rows)), "dlogits_abs_sum": numbers(tf.reduce_sum(tf.abs(dx)))[0],
            "dboxes_abs_sum": numbers(tf.reduce_sum(tf.abs(db)))[0]}


# ---------------------------------------------------------------- decoding and suppression (spec 3.8)


def detections(anchors):
    count, classes = anchors.shape[0], 4
    probabilities = tf.nn.softmax(tf.constant(draws("detect logits", count * classes).reshape(count, classes).astype(np.float32) * 4)).numpy()
    offsets = draws("detect offsets", count * 4).reshape(count, 4).astype(np.float32)
    ya, xa, ha, wa = centres(anchors)
    y, x = offsets[:, 0] / 10 * ha + ya, offsets[:, 1] / 10 * wa + xa
    h, w = tf.exp(offsets[:, 2] / 5) * ha, tf.exp(offsets[:, 3] / 5) * wa
    boxes = tf.stack([y - h / 2, x - w / 2, y + h / 2, x + w / 2], 1)
    rows = []
    for c in range(1, classes):
        score, at = tf.math.top_k(probabilities[:, c], 200)
        keep = score.numpy() > 0.05
        own, score, at = tf.gather(boxes, at).numpy()[keep], score.numpy()[keep], at.numpy()[keep]
        # TensorFlow drops boxes above the limit, the rule drops those at it too: the number just below 0.5
        kept = tf.image.non_max_suppression(own, score, 200, np.nextafter(np.float32(0.5), np.float32(0))).numpy()
        rows += [(float(score[k]), c, int(at[k]), *map(float, own[k])) for k in kept]
    rows.sort(key=lambda r: -r[0])
    return {"classes": classes, "count": len(rows[:200]), "scores": numbers([r[0] for r in rows[:200]]), "class_ids": [r[1] for r in rows[:200]],
            "boxes": numbers([r[3:] for r in rows[:200:5]])}


# ---------------------------------------------------------------- rates (spec 3.6)


def rates(batch, k=0, examples=117266):
    per_epoch = math.ceil(examples / batch)
    peak = 3e-3 * batch / 32
    warm, begin, end = 7.0, 15 * (1 + 0.1 * k), 55 * (1 + 0.1 * k)
    steps = sorted({0, 1, 100, *(int(e * per_epoch) + d for e in (1, 3.5, 7, 10, 15, 20.3, 35, 54.9, 55, 60, 64) for d in (-1, 0, 1))})

    def rate(step):
        e = step / per_epoch
        cosine = 0.5 * (1 + tf.cos(tf.constant(math.pi * (e - begin) / (end - begin), tf.float64)).numpy()) + 0.01
        return peak * (1.01 * e / warm if e < warm else 1.01 if e < begin else cosine if e < end else 0.01)

    return {"batch": batch, "k": k, "steps_per_epoch": per_epoch, "steps": steps, "rates": numbers([rate(s) for s in steps], 15)}


def main():
    anchors = default_boxes()
    assert anchors.shape == (ANCHORS, 4)
    rows = list(range(0, ANCHORS, 173)) + [5775, 5776, 7941, 7942, 8541, 8542, 8691, 8692, 8727, 8728, 8731]
    golden = {"anchors": {"count": ANCHORS, "sum": numbers(tf.reduce_sum(tf.cast(anchors, tf.float64)))[0], "rows": rows, "boxes": numbers(tf.gather(anchors, rows))},
              "targets": targets(anchors),
              "losses": [loss_case("small", 3, 60, 5, [4, 0, 1]), loss_case("ties", 2, 90, 4, [5, 3], ties=True), loss_case("full", 2, 20, 3, [6, 2]),
                         loss_case("ssd", 1, ANCHORS, 4, [25])],
              "detections": detections(anchors),
              "rates": [rates(128), rates(240), rates(1024), rates(128, k=2)]}
    path = pathlib.Path(__file__).with_name("ssd.json")
    path.write_text(json.dumps(golden, separators=(",", ":")).replace('},"', '},\n"') + "\n")
    print(path, path.stat().st_size)


main()
