"""The reference's detector (spec 3.1, 3.3, 3.8) out of TensorFlow's operations, with Fovea's tensor names, formula.py's values and the reference's names."""
import math

import numpy as np
import tensorflow as tf

from tensorflow_resnet import ResNet

SIDE = 300
EXTRAS = ((256, 512, 2, "SAME"), (256, 512, 2, "SAME"), (128, 256, 2, "SAME"), (128, 256, 1, "VALID"), (128, 256, 1, "VALID"))
SIZES, SHAPES = (38, 19, 10, 5, 3, 1), (4, 6, 6, 6, 4, 4)


class Ssd(ResNet):
    def __init__(self, outputs):
        super().__init__("resnet34", outputs, tf.float32)

    def conv(self, x, name, out, kernel, stride=1, groups=1, padding="SAME"):
        """The backbone's: "fixed padding" where there is a stride (spec 1.1)."""
        if stride > 1:
            before = (kernel - 1) // 2
            x, padding = tf.pad(x, [[0, 0], [before, kernel - 1 - before], [before, kernel - 1 - before], [0, 0]]), "VALID"
        return super().conv(x, name, out, kernel, stride, groups, padding)

    def biased(self, x, name, out, kernel, stride=1, padding="SAME"):
        return super().conv(x, name, out, kernel, stride, padding=padding) + self.tensor(name + ".bias", (out,))

    def forward(self, x, momentum=None):
        """Logits [N, A, K] and offsets [N, A, 4], level after level, row, column, default box."""
        x = tf.nn.relu(self.norm(self.conv(x, "conv1", 64, 7, 2), "bn1", momentum))
        x = tf.nn.max_pool2d(x, 3, 2, "SAME")
        for stage, stride in enumerate((1, 2, 1)):
            width = 64 << stage
            for block in range(self.blocks[stage]):
                begins = stage > 0 and block == 0
                x = self.block(x, f"layer{stage + 1}.{block}", [width, width], [3, 3], stride if begins else 1, begins, momentum)
        maps = [x]
        for i, (middle, out, stride, padding) in enumerate(EXTRAS):
            x = tf.nn.relu(self.biased(x, f"extra.{i}.conv1", middle, 1))
            x = tf.nn.relu(self.biased(x, f"extra.{i}.conv2", out, 3, stride, padding))
            maps.append(x)

        def rows(head, columns):
            levels = [self.biased(x, f"{head}.{i}", shapes * columns, 3) for i, (x, shapes) in enumerate(zip(maps, SHAPES))]
            return tf.concat([tf.reshape(x, (len(x), -1, columns)) for x in levels], 1)

        return rows("class", self.outputs), rows("box", 4)

    def scale_heads(self, logits, offsets):
        """Makes scores that are neither 0 nor 1, and boxes near their default boxes, of what the formula gives; every level by its own."""
        ends = np.cumsum([size * size * shapes for size, shapes in zip(SIZES, SHAPES)])
        for head, values, wanted in (("class", logits, 2.0), ("box", offsets, 0.5)):
            for i, level in enumerate(np.split(values.numpy(), ends[:-1], 1)):
                for part in ("weight", "bias"):
                    tensor = self.tensors[f"{head}.{i}.{part}"]
                    tensor.assign(tensor * (wanted / level.std()))

    def reference_names(self):
        """Spec 3.9."""
        of_head = ("extra.", "class.", "box.")
        names = self.numbered_names({name: tensor for name, tensor in self.tensors.items() if not name.startswith(of_head)}, "resnet34/")
        layers = {f"extra.{i}.conv{k}": f"ssd/block{7 + i}-conv{form}" for i in range(5) for k, form in ((1, "1x1"), (2, "3x3"))}
        layers |= {f"{ours}.{i}": f"ssd/{ours}_net/{ours}-{3 + i}" for ours in ("class", "box") for i in range(6)}
        for ours, theirs in layers.items():
            names |= {f"{ours}.weight": f"{theirs}/kernel", f"{ours}.bias": f"{theirs}/bias"}
        return names


def default_boxes():
    """[A, 4] centre y, x, height, width"""
    steps = (8, 16, 32, 64, 100, 300)
    scales, ratios = (21, 45, 99, 153, 207, 261, 315), ((2,), (2, 3), (2, 3), (2, 3), (2,), (2,))
    boxes = []
    for k, size in enumerate(SIZES):
        small, large = scales[k] / SIDE, scales[k + 1] / SIDE
        shapes = [(small, small), (math.sqrt(small * large),) * 2]
        for ratio in ratios[k]:
            shapes += [(small / math.sqrt(ratio), small * math.sqrt(ratio)), (small * math.sqrt(ratio), small / math.sqrt(ratio))]
        boxes += [((i + 0.5) * steps[k] / SIDE, (j + 0.5) * steps[k] / SIDE, h, w) for i in range(size) for j in range(size) for h, w in shapes]
    return np.clip(np.array(boxes), 0, 1).astype(np.float32)


def detections(logits, offsets):
    """Of one picture: rows of score, class, x, y, width, height in pixels of a picture of SIDE, the surest first."""
    probabilities = tf.nn.softmax(logits).numpy()
    y, x, h, w = default_boxes().T
    y, x = offsets[:, 0] / 10 * h + y, offsets[:, 1] / 10 * w + x
    h, w = tf.exp(offsets[:, 2] / 5) * h, tf.exp(offsets[:, 3] / 5) * w
    boxes = tf.stack([y - h / 2, x - w / 2, y + h / 2, x + w / 2], 1)
    rows = []
    for c in range(1, probabilities.shape[1]):
        score, at = tf.math.top_k(probabilities[:, c], 200)
        at = tf.boolean_mask(at, score > 0.05)
        score, own = tf.boolean_mask(score, score > 0.05), tf.gather(boxes, at)
        # TensorFlow drops boxes above the limit, the rule drops those at it too: the number just below 0.5
        for k in tf.image.non_max_suppression(own, score, 200, np.nextafter(np.float32(0.5), np.float32(0))).numpy():
            y0, x0, y1, x1 = own[k].numpy() * SIDE
            rows.append((float(score[k]), c, x0, y0, x1 - x0, y1 - y0))
    return sorted(rows, key=lambda row: -row[0])[:200]
