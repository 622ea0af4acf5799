"""Writes ssd_network.json: what PyTorch computes with the SSD of torch_ssd.py, and its gradients, in float64.

Run with torch 2.13.0 and numpy 2: python tests/goldens/make_ssd_network_goldens.py. Weights, picture and the weights of the sum that is differentiated
follow the closed formula. Prints how far PyTorch's float32 is from it, as a measure for the tests' tolerances.

A tensor is [L2 norm, product with draws(NAME + "/probe"), first element, element n // 3, last element].
"""
import json
import pathlib
import re

import torch

from formula import draws
from torch_resnet import fill
from torch_ssd import Ssd

SIDE, CELL, OUTPUTS = 300, 25, 3


def digest(name, tensor):
    flat = tensor.detach().double().flatten()
    probe = torch.tensor(draws(name + "/probe", flat.numel()))
    return [float(f"{float(v):.8g}") for v in (flat.norm(), flat @ probe, flat[0], flat[flat.numel() // 3], flat[-1])]


def compute(dtype):
    network = Ssd(OUTPUTS)
    fill(network)
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.momentum = 0.1  # the share of the new value
    network.to(dtype)
    cells = torch.tensor(draws("images", 3 * (SIDE // CELL) ** 2), dtype=torch.float32).reshape(1, 3, SIDE // CELL, SIDE // CELL)
    images = cells.repeat_interleave(CELL, 2).repeat_interleave(CELL, 3).to(dtype)  # squares of one colour
    with torch.no_grad():
        evaluation = network.eval()(images)
    outputs = network.train()(images)
    sum((x * torch.tensor(draws(name, x.numel())).to(dtype).reshape(x.shape)).mean() for name, x in zip(("dlogits", "doffsets"), outputs)).backward()
    return network, evaluation, outputs


def main():
    network, evaluation, outputs = compute(torch.float64)
    single, _, single_outputs = compute(torch.float32)
    worst = sorted(((float((a.grad - b.grad).norm() / a.grad.norm()), name) for (name, a), b in zip(network.named_parameters(), single.parameters())), reverse=True)
    print("float32 differs by", [float((a - b).detach().abs().max()) for a, b in zip(outputs, single_outputs)], "; gradients by", worst[:3], "of their norm")
    print("largest values", [float(x.detach().abs().max()) for x in outputs])
    result = {"side": SIDE, "cell": CELL, "outputs": OUTPUTS}
    for mode, (logits, offsets) in (("evaluation", evaluation), ("training", outputs)):
        result[mode] = {"logits": digest("logits", logits), "offsets": digest("offsets", offsets)}
    result["gradients"] = {name: digest(name, p.grad) for name, p in network.named_parameters()}
    result["statistics"] = {name: digest(name, b) for name, b in network.named_buffers() if not name.endswith("num_batches_tracked")}
    text = re.sub(r"\[[^\[\]{}]*\]", lambda m: " ".join(m[0].split()), json.dumps(result, indent=1))  # one list a line
    pathlib.Path(__file__).with_name("ssd_network.json").write_text(text + "\n")


main()
