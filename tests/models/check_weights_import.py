"""Weights that PyTorch wrote, in fovea: the same logits through `--init` and `checkpoint convert`, from .pth and safetensors, the same weights after
one step of SGD, and back again through `checkpoint convert`.

usage: check_weights_import.py FOVEA [NETWORK|ORIGIN/NETWORK...]      exits 77 (skipped) when torch, numpy or safetensors are absent

The step is compared with PyTorch's in float64: its own float32 takes another side of a ReLU somewhere and stands percents from that, which is printed.

The networks are torch_resnet.py's, and torchvision's and timm's where those are installed. Weights are random (seeded).
"""
import copy
import json
import pathlib
import struct
import subprocess
import sys
import tempfile
import zlib

try:
    import numpy as np
    import safetensors.torch
    import torch
    import torch.nn.functional as F
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "goldens"))
from torch_resnet import BLOCKS, ResNet  # noqa: E402

SIDE, CLASSES, LR, MEAN, STD = 64, 10, 0.01, 127.5, 64.0
LOGITS, STEP = 1e-4, 1e-3  # absolute, of logits of about 1; shares of a tensor's norm
SETTINGS = {
    "model.padding": "symmetric", "model.stage1_projection": "false", "model.bn_momentum": 0.9, "data.image_size": SIDE, "data.eval_resize": SIDE,
    "train.precision": "float32", "train.batch_size": CLASSES, "train.steps": 1, "optim.momentum": 0.9, "optim.weight_decay": 0.001, "optim.decay_bias": "true",
    "optim.warmup_epochs": 0, "optim.schedule": "constant", "optim.lr_batch": 0,
}


def write_png(path, pixels):
    """8-bit RGB without filters: the smallest PNG writer (RFC 2083)."""
    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    height, width, _ = pixels.shape
    rows = b"".join(b"\0" + row.tobytes() for row in pixels)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def run(*command):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}\nexited with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout + done.stderr


def settings(name, **changes):
    pairs = {**SETTINGS, "model.name": name, **{key.replace("__", "."): value for key, value in changes.items()}}
    return [word for key, value in pairs.items() for word in ("--set", f"{key}={value}")]


def network_input(pixels):
    return ((torch.tensor(pixels).float() - MEAN) / STD).permute(0, 3, 1, 2)


def makers():
    """(where it comes from, name) -> a function that makes it."""
    found = {("here", name): lambda name=name: ResNet(name, CLASSES) for name in BLOCKS}
    names = ["resnet18", "resnet34", "resnet50", "resnext50_32x4d", "resnext101_32x4d"]
    try:
        import torchvision
        print(f"torchvision {torchvision.__version__}")
        found |= {("torchvision", name): lambda name=name: torchvision.models.get_model(name, num_classes=CLASSES) for name in names if name in torchvision.models.list_models()}
    except (ImportError, RuntimeError) as error:
        print(f"without torchvision: {error}")
    try:
        import timm
        print(f"timm {timm.__version__}")
        found |= {("timm", name): lambda name=name: timm.create_model(name, num_classes=CLASSES) for name in names}
    except (ImportError, RuntimeError) as error:
        print(f"without timm: {error}")
    return found


def randomise(network):
    """Random, not at its first values, and such that hardly a value stands near zero before a ReLU (torch_resnet.formula says why)."""
    state = network.state_dict()
    last_norm = ".bn3." if any(".bn3." in name for name in state) else ".bn2."  # small, or the sums of the blocks grow until one class is certain
    for name, value in state.items():
        last = 0.25 if last_norm in name else 1
        if value.dim() > 1:
            value.normal_(0, (value[0].numel()) ** -0.5)
        elif name.endswith("running_mean") or name == "fc.bias":
            value.normal_(0, 0.1)
        elif name.endswith("running_var"):
            value.uniform_(0.5, 1.5)
        elif name.endswith("weight"):
            value.uniform_(0.75 * last, 1.25 * last)
        elif name.endswith("bias"):
            value.uniform_(-0.1, 0.1) if last_norm in name else value.uniform_(1.5, 2.5)


def fovea_logits(fovea, source, picture):
    """Logits up to a constant, from the probabilities; the classes are called by their number, or c0, c1, ..."""
    guesses = json.loads(run(fovea, "predict", source, picture, "--top", CLASSES, "--json"))["top"]
    by_class = {int(guess["class"].removeprefix("c")): guess["p"] for guess in guesses}
    return centred(torch.tensor([by_class[i] for i in range(CLASSES)], dtype=torch.float64).log())


def centred(logits):
    return logits.double() - logits.double().mean()


def torch_step(network, pixels, labels):
    """What one step takes off every parameter, by name, in the type of the network; the network has made it."""
    decayed = [value for name, value in network.named_parameters() if value.dim() > 1 or name == "fc.bias"]
    others = [value for name, value in network.named_parameters() if value.dim() == 1 and name != "fc.bias"]
    optimizer = torch.optim.SGD([{"params": decayed, "weight_decay": SETTINGS["optim.weight_decay"]}, {"params": others}], lr=LR, momentum=0.9)
    before = {name: value.detach().clone() for name, value in network.named_parameters()}
    dtype = next(network.parameters()).dtype
    F.cross_entropy(network.train()(network_input(pixels).to(dtype)), labels).backward()
    optimizer.step()
    return {name: before[name] - value.detach() for name, value in network.named_parameters()}


def worst_of(numbers):
    """The largest; not a number, which no limit holds, when one is not."""
    return float(np.max(list(numbers)))


def share(difference, whole):
    return float(difference.norm() / (1e-6 + whole.norm()))


def check(fovea, title, make, folder):
    torch.manual_seed(7)
    network = make().eval()
    randomise(network)
    name = title[1]
    pixels = np.random.default_rng(1).integers(0, 256, (1, SIDE, SIDE, 3), dtype=np.uint8)
    picture = folder / "picture.png"
    write_png(picture, pixels[0])
    with torch.no_grad():
        expected = centred(network(network_input(pixels))[0])
    files = [folder / "weights.pth", folder / "weights.safetensors"]
    torch.save({"state_dict": torch.nn.DataParallel(network).state_dict(), "epoch": 3}, files[0])
    safetensors.torch.save_file(network.state_dict(), files[1], {"format": "pt"})

    # Pictures of one colour: every crop, mirrored or not, is the same, so that both programs see one batch.
    colours = np.random.default_rng(2).integers(0, 256, (CLASSES, 3), dtype=np.uint8)
    flat = np.broadcast_to(colours[:, None, None, :], (CLASSES, SIDE, SIDE, 3))
    for label, image in enumerate(flat):
        for split in ("train", "val"):
            write_png(folder / "data" / split / f"c{label}" / "0.png", np.ascontiguousarray(image))

    worst = 0.0
    for i, file in enumerate(files):
        converted, initialised = folder / f"converted{i}", folder / f"run{i}"
        run(fovea, "checkpoint", "convert", file, converted, "--recipe", "tiny-resnet18", *settings(name))
        # no rate, and statistics that do not move: what the run saves is what it read
        run(fovea, "train", "tiny-resnet18", "--data", folder / "data", "--run-dir", initialised, "--init", file, *settings(name, model__bn_momentum=1, optim__lr=0))
        for source in (converted, initialised):
            worst = worst_of([worst, float((fovea_logits(fovea, source, picture) - expected).abs().max())])
    for ending in (".pth", ".safetensors"):
        out = folder / f"back{ending}"
        run(fovea, "checkpoint", "convert", folder / "run0", out)
        state = torch.load(out, weights_only=True) if ending == ".pth" else safetensors.torch.load_file(out)
        fresh = make().eval()
        fresh.load_state_dict(state, strict=True)
        for key, value in fresh.state_dict().items():
            if not key.endswith("num_batches_tracked") and not torch.equal(value, network.state_dict()[key]):
                sys.exit(f"{title}: {key} is not what it was after the way through {ending}")

    run(fovea, "train", "tiny-resnet18", "--data", folder / "data", "--run-dir", folder / "step", "--init", files[0], *settings(name, optim__lr=LR))
    after = safetensors.torch.load_file(next((folder / "step").glob("checkpoints/*/model.safetensors")))
    start = {key: value.detach().double() for key, value in network.named_parameters()}
    wide = copy.deepcopy(network).double()
    narrow_updates, updates = torch_step(network, flat, torch.arange(CLASSES)), torch_step(wide, flat, torch.arange(CLASSES))
    weights = worst_of(share(after[key].double() - (start[key] - updates[key]), start[key]) for key in updates)
    update = worst_of(share(start[key] - after[key].double() - updates[key], updates[key]) for key in updates)
    narrow = worst_of(share(narrow_updates[key].double() - updates[key], updates[key]) for key in updates)
    print(f"{title[0]:<12} {name:<18} logits {worst:.1e}   weights after a step {weights:.1e}, its update {update:.1e} (PyTorch's float32 {narrow:.1e})", flush=True)
    return worst <= LOGITS and weights <= STEP


def main():
    fovea, wanted = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2:]
    good = True
    for title, make in makers().items():
        if wanted and title[1] not in wanted and "/".join(title) not in wanted:
            continue
        with tempfile.TemporaryDirectory() as temporary:
            good = check(fovea, title, make, pathlib.Path(temporary)) and good
    sys.exit(0 if good else f"more than {LOGITS:g} (logits) or {STEP:g} (weights after a step)")


main()
