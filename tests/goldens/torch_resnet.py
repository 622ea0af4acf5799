"""ResNet v1.5 and ResNeXt in PyTorch with torchvision's tensor names, filled by the closed formula of formula.py.

Shared by make_resnet_goldens.py and tests/models/check_state_dict.py. Needs torch and numpy.
"""
import math

import torch
import torch.nn.functional as F
from torch import nn

from formula import formula

BLOCKS = {"resnet18": ([2, 2, 2, 2], False, 1), "resnet50": ([3, 4, 6, 3], True, 1), "resnext50_32x4d": ([3, 4, 6, 3], True, 32)}


def before_and_after(side, kernel, stride, padding):
    """TensorFlow's SAME puts the odd pixel at the end; symmetric is kernel // 2 on both sides."""
    if padding == "symmetric":
        return kernel // 2, kernel // 2
    if padding == "valid":
        return 0, 0
    total = max((-(-side // stride) - 1) * stride + kernel - side, 0)
    return total // 2, total - total // 2


def pad(x, kernel, stride, padding, value=0.0):
    top, bottom = before_and_after(x.shape[2], kernel, stride, padding)
    left, right = before_and_after(x.shape[3], kernel, stride, padding)
    return F.pad(x, (left, right, top, bottom), value=value)


class Conv(nn.Conv2d):
    def __init__(self, cin, cout, kernel, stride=1, groups=1, padding="symmetric", bias=False):
        super().__init__(cin, cout, kernel, stride, 0, groups=groups, bias=bias)
        self.pixels = padding

    def forward(self, x):
        return super().forward(pad(x, self.kernel_size[0], self.stride[0], self.pixels))


class Block(nn.Module):
    def __init__(self, cin, widths, kernels, stride, groups, project, padding):
        super().__init__()
        self.count, channels, strided = len(widths), cin, kernels.index(3)
        for i, (width, kernel) in enumerate(zip(widths, kernels)):
            is_strided = i == strided
            self.add_module(f"conv{i + 1}", Conv(channels, width, kernel, stride if is_strided else 1, groups if is_strided else 1, padding))
            self.add_module(f"bn{i + 1}", nn.BatchNorm2d(width))
            channels = width
        self.downsample = nn.Sequential(Conv(cin, channels, 1, stride, padding=padding), nn.BatchNorm2d(channels)) if project else None

    def forward(self, x):
        y = x
        for i in range(1, self.count + 1):
            y = getattr(self, f"bn{i}")(getattr(self, f"conv{i}")(y))
            if i < self.count:
                y = F.relu(y)
        return F.relu(y + (x if self.downsample is None else self.downsample(x)))


class ResNet(nn.Module):
    """padding: of every convolution and of the pooling; keras_stem: 3 pixels around the picture instead."""

    def __init__(self, name, outputs, padding="symmetric", keras_stem=False, stage1_projection=False):
        super().__init__()
        blocks, bottleneck, groups = BLOCKS[name]
        self.padding = padding
        self.conv1 = Conv(3, 64, 7, 2, padding="symmetric" if keras_stem else padding)
        self.bn1 = nn.BatchNorm2d(64)
        cin = 64
        for stage, count in enumerate(blocks):
            width, layer = 64 << stage, []
            for block in range(count):
                stride = 2 if stage > 0 and block == 0 else 1
                middle = width * (2 if groups > 1 else 1)
                widths, kernels = ([middle, middle, 4 * width], [1, 3, 1]) if bottleneck else ([width, width], [3, 3])
                project = block == 0 and (bottleneck or stage > 0 or stage1_projection)
                layer.append(Block(cin, widths, kernels, stride, groups, project, padding))
                cin = widths[-1]
            self.add_module(f"layer{stage + 1}", nn.Sequential(*layer))
        self.fc = nn.Linear(cin, outputs)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = F.max_pool2d(pad(x, 3, 2, self.padding, -math.inf), 3, 2)
        for layer in (self.layer1, self.layer2, self.layer3, self.layer4):
            x = layer(x)
        return self.fc(x.mean((2, 3)))


def fill(network):
    given = {name: value for name, value in network.state_dict().items() if not name.endswith("num_batches_tracked")}
    state = network.state_dict() | {name: torch.tensor(formula(name, tuple(value.shape))) for name, value in given.items()}
    network.load_state_dict(state)
