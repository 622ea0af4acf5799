"""SSD at 300 pixels on the first three stages of a ResNet-34 in PyTorch, with Fovea's tensor names (spec 3.1). Needs torch and numpy."""
import math

import torch
import torch.nn.functional as F
from torch import nn

from torch_resnet import Block, Conv, pad

EXTRAS = ((256, 512, 2, "same"), (256, 512, 2, "same"), (128, 256, 2, "same"), (128, 256, 1, "valid"), (128, 256, 1, "valid"))
SHAPES = (4, 6, 6, 6, 4, 4)


class Extra(nn.Module):
    def __init__(self, cin, middle, cout, stride, padding):
        super().__init__()
        self.conv1 = Conv(cin, middle, 1, bias=True)
        self.conv2 = Conv(middle, cout, 3, stride, padding=padding, bias=True)

    def forward(self, x):
        return F.relu(self.conv2(F.relu(self.conv1(x))))


class Ssd(nn.Module):
    def __init__(self, outputs):
        super().__init__()
        self.outputs = outputs
        self.conv1, self.bn1 = Conv(3, 64, 7, 2), nn.BatchNorm2d(64)
        cin = 64
        for stage, (width, blocks, stride) in enumerate(((64, 3, 1), (128, 4, 2), (256, 6, 1))):
            layer = []
            for block in range(blocks):
                layer.append(Block(cin, [width, width], [3, 3], stride if block == 0 else 1, 1, block == 0 and stage > 0, "symmetric"))
                cin = width
            self.add_module(f"layer{stage + 1}", nn.Sequential(*layer))
        channels, extras = [cin], []
        for middle, cout, stride, padding in EXTRAS:
            extras.append(Extra(channels[-1], middle, cout, stride, padding))
            channels.append(cout)
        self.extra = nn.ModuleList(extras)
        self.add_module("class", nn.ModuleList(Conv(c, n * outputs, 3, bias=True) for c, n in zip(channels, SHAPES)))
        self.box = nn.ModuleList(Conv(c, n * 4, 3, bias=True) for c, n in zip(channels, SHAPES))

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = F.max_pool2d(pad(x, 3, 2, "same", -math.inf), 3, 2)
        maps = [self.layer3(self.layer2(self.layer1(x)))]
        for extra in self.extra:
            maps.append(extra(maps[-1]))

        def rows(heads, columns):
            return torch.cat([head(m).permute(0, 2, 3, 1).reshape(len(m), -1, columns) for head, m in zip(heads, maps)], 1)

        return rows(getattr(self, "class"), self.outputs), rows(self.box, 4)
