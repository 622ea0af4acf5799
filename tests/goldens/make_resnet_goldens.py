"""Writes resnet.json: what PyTorch computes with networks, a picture and labels that are given by a closed formula.

Run with torch 2.13.0 and numpy 2: python tests/goldens/make_resnet_goldens.py. Weights and pictures are float32, the arithmetic is float64, so
that what remains in the tests is Fovea's own rounding. Prints how far PyTorch's float32 is from it, as a measure for their tolerances.

One gradient is [L2 norm, product with draws(NAME + "/probe"), first element, element n // 3, last element].
"""
import json
import pathlib
import re

import torch
import torch.nn.functional as F

from formula import draws
from torch_resnet import ResNet, fill

BATCH, SIDE, CELL, OUTPUTS, MOMENTUM = 4, 64, 16, 10, 0.9
LABELS = [3, 7, 1, 0]
CASES = {
    "resnet18": (dict(name="resnet18"), True),
    "resnet50": (dict(name="resnet50"), True),
    "resnext50_32x4d": (dict(name="resnext50_32x4d"), True),
    "resnet18, SAME and a projection in stage 1": (dict(name="resnet18", padding="same", stage1_projection=True), False),
    "resnet18, Keras stem": (dict(name="resnet18", padding="same", keras_stem=True, stage1_projection=True), False),
}


def digest(name, tensor):
    flat = tensor.detach().double().flatten()
    probe = torch.tensor(draws(name + "/probe", flat.numel()))
    return [float(f"{float(v):.6g}") for v in (flat.norm(), flat @ probe, flat[0], flat[flat.numel() // 3], flat[-1])]


def numbers(tensor):
    return [float(f"{v:.8g}") for v in tensor.detach().double().flatten().tolist()]


def compute(arguments, dtype):
    network = ResNet(outputs=OUTPUTS, **arguments)
    fill(network)
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.momentum = 1 - MOMENTUM  # PyTorch counts the share of the new value
    network.to(dtype)
    cells = torch.tensor(draws("images", BATCH * 3 * (SIDE // CELL) ** 2), dtype=torch.float32).reshape(BATCH, 3, SIDE // CELL, SIDE // CELL)
    images = cells.repeat_interleave(CELL, 2).repeat_interleave(CELL, 3).to(dtype)  # squares of one colour
    with torch.no_grad():
        evaluation = network.eval()(images)
    logits = network.train()(images)
    loss = F.cross_entropy(logits, torch.tensor(LABELS), label_smoothing=0.1)
    loss.backward()
    return network, evaluation, logits, loss


def main():
    result = {"batch": BATCH, "side": SIDE, "cell": CELL, "outputs": OUTPUTS, "momentum": MOMENTUM, "labels": LABELS, "networks": {}}
    for title, (arguments, is_whole) in CASES.items():
        network, evaluation, logits, loss = compute(arguments, torch.float64)
        single = compute(arguments, torch.float32)
        worst = max(float((a.grad - b.grad).norm() / (1e-3 + a.grad.norm())) for a, b in zip(network.parameters(), single[0].parameters()))
        print(f"{title}: float32 logits differ by {float((single[2] - logits).detach().abs().max()):.1e}, gradients by at most {worst:.1e} of their norm")
        row = {"evaluation_logits": numbers(evaluation), "training_logits": numbers(logits), "loss": float(f"{loss.item():.8g}")}
        if is_whole:
            row["gradients"] = {name: digest(name, p.grad) for name, p in network.named_parameters()}
            row["statistics"] = {name: digest(name, b) for name, b in network.named_buffers() if not name.endswith("num_batches_tracked")}
        result["networks"][title] = row
    text = json.dumps(result, indent=1)
    text = re.sub(r"\[[^\[\]{}]*\]", lambda m: " ".join(m[0].split()), text)  # one list a line
    pathlib.Path(__file__).with_name("resnet.json").write_text(text + "\n")


main()
