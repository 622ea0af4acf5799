"""The reference programs' networks (spec 2.1, 2.2, 2.6) out of TensorFlow's operations, with torchvision's tensor names and formula.py's values."""
import numpy as np
import tensorflow as tf

from formula import formula

BLOCKS = {"resnet18": ([2, 2, 2, 2], False, 1), "resnet34": ([3, 4, 6, 3], False, 1), "resnet50": ([3, 4, 6, 3], True, 1),
          "resnext50_32x4d": ([3, 4, 6, 3], True, 32)}


class ResNet:
    """dtype: float32 with the fused batch norm of the reference, float64 with one written out."""

    def __init__(self, name, outputs, dtype, keras_stem=False):
        self.blocks, self.bottleneck, self.groups = BLOCKS[name]
        self.outputs, self.dtype, self.keras_stem = outputs, dtype, keras_stem
        self.tensors, self.trainable = {}, []  # in the order of their making

    @staticmethod
    def to_tensorflow(array):
        return array.transpose(2, 3, 1, 0) if array.ndim == 4 else array.transpose() if array.ndim == 2 else array

    @staticmethod
    def to_torch(array):
        return array.transpose(3, 2, 0, 1) if array.ndim == 4 else array.transpose() if array.ndim == 2 else array

    @staticmethod
    def torch_shape(shape):
        shape = tuple(shape)
        return (shape[3], shape[2], shape[0], shape[1]) if len(shape) == 4 else shape[::-1]

    def tensor(self, name, shape, trained=True):
        """shape: TensorFlow's"""
        if name not in self.tensors:
            self.tensors[name] = tf.Variable(self.to_tensorflow(formula(name, self.torch_shape(shape))), dtype=self.dtype, trainable=trained)
            if trained:
                self.trainable.append(name)
        return self.tensors[name]

    def conv(self, x, name, out, kernel, stride=1, groups=1, padding="SAME"):
        w = self.tensor(name + ".weight", (kernel, kernel, x.shape[-1] // groups, out))
        if groups == 1:
            return tf.nn.conv2d(x, w, stride, padding)
        pairs = zip(tf.split(x, groups, -1), tf.split(w, groups, -1))  # the gradient of a grouped convolution is missing on CPUs
        return tf.concat([tf.nn.conv2d(part, kernel_part, stride, padding) for part, kernel_part in pairs], -1)

    def norm(self, x, name, momentum):
        """momentum: None for evaluation"""
        shape = (x.shape[-1],)
        gamma, beta = self.tensor(name + ".weight", shape), self.tensor(name + ".bias", shape)
        moving_mean = self.tensor(name + ".running_mean", shape, trained=False)
        moving_variance = self.tensor(name + ".running_var", shape, trained=False)
        if momentum is None:
            return tf.nn.batch_normalization(x, moving_mean, moving_variance, beta, gamma, 1e-5)
        if self.dtype == tf.float32:
            y, mean, variance = tf.compat.v1.nn.fused_batch_norm(x, gamma, beta, epsilon=1e-5, is_training=True)
        else:
            mean, biased = tf.nn.moments(x, [0, 1, 2])
            count = np.prod(x.shape[:3])
            y, variance = tf.nn.batch_normalization(x, mean, biased, beta, gamma, 1e-5), biased * (count / (count - 1))
        moving_mean.assign(moving_mean * momentum + tf.stop_gradient(mean) * (1 - momentum))
        moving_variance.assign(moving_variance * momentum + tf.stop_gradient(variance) * (1 - momentum))
        return y

    def block(self, x, name, widths, kernels, stride, project, momentum):
        shortcut = x
        if project:
            shortcut = self.norm(self.conv(x, name + ".downsample.0", widths[-1], 1, stride), name + ".downsample.1", momentum)
        for i, (width, kernel) in enumerate(zip(widths, kernels)):
            is_strided = i == kernels.index(3)
            x = self.conv(x, f"{name}.conv{i + 1}", width, kernel, stride if is_strided else 1, self.groups if is_strided else 1)
            x = self.norm(x, f"{name}.bn{i + 1}", momentum)
            if i + 1 < len(widths):
                x = tf.nn.relu(x)
        return tf.nn.relu(x + shortcut)

    def forward(self, x, momentum):
        """Logits. With a momentum in training mode, and the moving statistics are updated; with None in evaluation."""
        if self.keras_stem:
            x = self.conv(tf.pad(x, [[0, 0], [3, 3], [3, 3], [0, 0]]), "conv1", 64, 7, 2, padding="VALID")
        else:
            x = self.conv(x, "conv1", 64, 7, 2)
        x = tf.nn.max_pool2d(tf.nn.relu(self.norm(x, "bn1", momentum)), 3, 2, "SAME")
        for stage, count in enumerate(self.blocks):
            width = 64 << stage
            middle = width * (2 if self.groups > 1 else 1)
            for block in range(count):
                widths, kernels = ([middle, middle, 4 * width], [1, 3, 1]) if self.bottleneck else ([width, width], [3, 3])
                x = self.block(x, f"layer{stage + 1}.{block}", widths, kernels, 2 if stage > 0 and block == 0 else 1, block == 0, momentum)
        x = tf.reduce_mean(x, [1, 2])
        return tf.matmul(x, self.tensor("fc.weight", (x.shape[-1], self.outputs))) + self.tensor("fc.bias", (self.outputs,))

    def reference_names(self):
        """What the reference's checkpoints call the tensors (spec 2.8), by torchvision's names."""
        return {"fc.weight": "resnet_model/dense/kernel", "fc.bias": "resnet_model/dense/bias"} | self.numbered_names(self.tensors, "resnet_model/")

    def numbered_names(self, tensors, scope):
        """Convolutions and norms among `tensors`: layers are numbered as they are made."""
        counts, names = {}, {}

        def next_of(base):
            counts[base] = counts.get(base, -1) + 1
            return f"{scope}{base}_{counts[base]}" if counts[base] else f"{scope}{base}"

        for name, tensor in tensors.items():
            layer, _, part = name.rpartition(".")
            if len(tensor.shape) == 4:
                is_grouped = self.groups > 1 and layer.endswith("conv2")
                names[name] = next_of("Variable") if is_grouped else next_of("conv2d") + "/kernel"
            elif layer != "fc" and part == "weight":
                norm = next_of("batch_normalization")
                for ours, theirs in {"weight": "gamma", "bias": "beta", "running_mean": "moving_mean", "running_var": "moving_variance"}.items():
                    names[f"{layer}.{ours}"] = f"{norm}/{theirs}"
        return names
