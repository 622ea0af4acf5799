"""Prints the literals of tests/optim and tests/loss that come from outside.

Run with Python 3.11, torch 2.13.0, numpy 2; no random numbers. Momentum and clipping come from PyTorch, in float64; the Keras form and LARS
are written out from their formulas, in numpy float64; cross-entropy and its gradient are PyTorch's on soft targets.
"""
import math

import numpy as np
import torch

STEPS = 10
RATES = [0.5] * 4 + [0.25] * 3 + [0.0625] * 3  # changes twice: the two momentum forms differ from then on


def weights(count):
    return np.array([(i % 7 - 3) / 8 for i in range(count)])


def gradients(count, step):
    return np.array([((5 * i + 3 * step) % 11 - 5) / 16 for i in range(count)])


def show(name, values):
    print(f"{name}: {{{', '.join(f'{float(v):.9g}' for v in np.asarray(values).ravel())}}}")


def momentum():
    weight = torch.nn.Parameter(torch.tensor(weights(6)))
    optimizer = torch.optim.SGD([weight], lr=1, momentum=0.9)
    for step in range(STEPS):
        optimizer.param_groups[0]["lr"] = RATES[step]
        weight.grad = torch.tensor(gradients(6, step))
        optimizer.step()
    show("momentum w", weight.detach())
    show("momentum a", optimizer.state[weight]["momentum_buffer"])


def keras():
    weight, velocity = weights(6), np.zeros(6)
    for step in range(STEPS):
        velocity = 0.9 * velocity - RATES[step] * gradients(6, step)
        weight = weight + velocity
    show("keras w", weight)
    show("keras v", velocity)


def lars(double_decay):
    eta, decay = 0.05, 0.01
    kernel, bias = weights(6), weights(2)
    kernel_moved, bias_moved = np.zeros(6), np.zeros(2)
    for step in range(STEPS):
        g = gradients(6, step) + (decay * kernel if double_decay else 0)
        b = gradients(2, step + 1) + (decay * bias if double_decay else 0)
        length = math.sqrt(np.sum(kernel**2))
        trust = eta * length / (math.sqrt(np.sum(g**2)) + decay * length)
        kernel_moved = 0.9 * kernel_moved + RATES[step] * trust * (g + decay * kernel)
        bias_moved = 0.9 * bias_moved + RATES[step] * b
        kernel, bias = kernel - kernel_moved, bias - bias_moved
    show(f"lars double_decay={double_decay} kernel", kernel)
    show(f"lars double_decay={double_decay} bias", bias)


def clipping():
    kernel, bias = torch.nn.Parameter(torch.tensor(weights(6))), torch.nn.Parameter(torch.tensor(weights(2)))
    gamma = torch.nn.Parameter(torch.tensor(weights(3)))
    for parameter, decay in ((kernel, 0.5), (bias, 0.5), (gamma, 0)):
        parameter.grad = torch.tensor(gradients(len(parameter), 0)) + decay * parameter.detach()
    print("norm:", f"{torch.nn.utils.clip_grad_norm_([kernel, bias, gamma], 0.25).item():.9g}")
    for name, parameter in (("kernel", kernel), ("bias", bias), ("gamma", gamma)):
        show(f"clipped {name}", parameter.grad)


def cross_entropy(smoothing, mixed):
    count, outputs = 3, 4
    logits = torch.tensor([[((7 * i + 3 * k) % 9 - 4) / 2 for k in range(outputs)] for i in range(count)], requires_grad=True)
    targets = torch.nn.functional.one_hot(torch.tensor([1, 0, 3]), outputs).float()
    if mixed:
        lam = torch.tensor([0.75, 0.25, 0.5]).unsqueeze(1)
        targets = lam * targets + (1 - lam) * torch.nn.functional.one_hot(torch.tensor([2, 3, 3]), outputs)
    loss = torch.nn.functional.cross_entropy(logits, targets, reduction="sum", label_smoothing=smoothing) / 6
    loss.backward()
    print(f"cross entropy smoothing={smoothing} mixed={mixed}: {loss.item():.9g}")
    show("gradient", logits.grad)


momentum()
keras()
lars(False)
lars(True)
clipping()
for arguments in ((0.0, False), (0.1, False), (0.1, True)):
    cross_entropy(*arguments)
