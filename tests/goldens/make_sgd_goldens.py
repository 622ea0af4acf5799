"""Writes sgd_step.json: one step of torch.optim.SGD on networks, a picture and labels that are given by a closed formula (torch_resnet.py).

Run with torch 2.13.0 and numpy 2: python tests/goldens/make_sgd_goldens.py. float64, as in make_resnet_goldens.py, whose pictures and labels these are.

Of every parameter: digest of (weight before - weight after) / LR, which is [L2 norm, product with draws(NAME + "/probe"), first element,
element n // 3, last element]. Decayed are kernels and the bias of the dense layer, gamma and beta are not.
"""
import json
import pathlib
import re

import torch
import torch.nn.functional as F

from torch_resnet import ResNet, draws, fill

BATCH, SIDE, CELL, OUTPUTS, LABELS = 4, 64, 16, 10, [3, 7, 1, 0]
LR, WEIGHT_DECAY, MOMENTUM = 0.1, 0.01, 0.9


def digest(name, tensor):
    flat = tensor.detach().double().flatten()
    probe = torch.tensor(draws(name + "/probe", flat.numel()))
    return [float(f"{float(v):.6g}") for v in (flat.norm(), flat @ probe, flat[0], flat[flat.numel() // 3], flat[-1])]


def step(name, dtype):
    network = ResNet(outputs=OUTPUTS, name=name)
    fill(network)
    network.to(dtype)
    cells = torch.tensor(draws("images", BATCH * 3 * (SIDE // CELL) ** 2), dtype=torch.float32).reshape(BATCH, 3, SIDE // CELL, SIDE // CELL)
    images = cells.repeat_interleave(CELL, 2).repeat_interleave(CELL, 3).to(dtype)
    with torch.no_grad():
        logits = network.eval()(images)
    named = dict(network.named_parameters())
    is_decayed = {key: value.dim() > 1 or key == "fc.bias" for key, value in named.items()}
    groups = [{"params": [value for key, value in named.items() if is_decayed[key] == which], "weight_decay": WEIGHT_DECAY if which else 0} for which in (True, False)]
    optimizer = torch.optim.SGD(groups, lr=LR, momentum=MOMENTUM)
    before = {key: value.detach().clone() for key, value in named.items()}
    F.cross_entropy(network.train()(images), torch.tensor(LABELS)).backward()
    optimizer.step()
    return logits, {key: (before[key] - value.detach()) / LR for key, value in named.items()}


result = {"batch": BATCH, "side": SIDE, "cell": CELL, "outputs": OUTPUTS, "labels": LABELS, "lr": LR, "weight_decay": WEIGHT_DECAY, "momentum": MOMENTUM, "networks": {}}
for network_name in ("resnet18", "resnet50"):
    logits, updates = step(network_name, torch.float64)
    single = step(network_name, torch.float32)[1]
    worst = max(float((single[key] - value).norm() / (1e-3 + value.norm())) for key, value in updates.items())
    print(f"{network_name}: PyTorch's own float32 update differs by at most {worst:.1e} of its norm")
    result["networks"][network_name] = {"logits": [float(f"{v:.8g}") for v in logits.flatten().tolist()], "updates": {key: digest(key, value) for key, value in updates.items()}}
text = re.sub(r"\[[^\[\]{}]*\]", lambda m: " ".join(m[0].split()), json.dumps(result, indent=1))  # one list a line
pathlib.Path(__file__).with_name("sgd_step.json").write_text(text + "\n")
