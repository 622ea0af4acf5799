"""A checkpoint written by fovea loads into a ResNet-18 with torchvision's names, and gives the predictions that `fovea predict` gives.

usage: check_state_dict.py FOVEA      exits 77 (skipped) when torch, numpy or safetensors are absent
"""
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
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "goldens"))
from torch_resnet import ResNet  # noqa: E402

SIDE, CLASSES = 64, 10
LIMIT = 1e-3  # of probabilities, float32 on both sides
# The picture has the side of the input, and the centre is all of it: no resampling stands between the file and the network.
SETTINGS = {
    "model.stem": "imagenet", "model.padding": "symmetric", "model.stage1_projection": "false", "data.image_size": SIDE,
    "data.eval_crop": "centre", "data.eval_resize": SIDE, "data.mean": "[127.5, 127.5, 127.5]", "data.std": "[64, 64, 64]",
    "train.precision": "float32", "train.batch_size": 8, "train.epochs": 1,
}


def write_png(path, pixels):
    """8-bit RGB without filters: the smallest PNG writer (RFC 2083)."""
    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    height, width, _ = pixels.shape
    rows = b"".join(b"\0" + row.tobytes() for row in pixels)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def run(command):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}\nexited with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def train(fovea, folder):
    data = f"synthetic:classes={CLASSES},train=16,val=8,size={SIDE}"
    settings = [word for key, value in SETTINGS.items() for word in ("--set", f"{key}={value}")]
    run([fovea, "train", "tiny-resnet18", "--data", data, "--run-dir", folder, *settings])
    files = sorted(folder.glob("checkpoints/*/model.safetensors"))
    if not files:
        sys.exit(f"no checkpoint in {folder}")
    return files[-1]


def predictions(fovea, checkpoint, picture):
    """Probabilities by class; the made-up classes are called by their number."""
    line = json.loads(run([fovea, "predict", checkpoint, picture, "--top", CLASSES, "--json"]))
    names = json.loads((checkpoint / "state.json").read_text())["classes"]
    return np.array([next(guess["p"] for guess in line["top"] if guess["class"] == name) for name in names])


def main():
    fovea = pathlib.Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        weights = train(fovea, folder / "run")
        picture = folder / "picture.png"
        pixels = np.random.default_rng(1).integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)
        write_png(picture, pixels)

        network = ResNet("resnet18", CLASSES).eval()
        network.load_state_dict(safetensors.torch.load_file(weights), strict=True)
        with torch.no_grad():
            expected = network((torch.tensor(pixels).permute(2, 0, 1)[None].float() - 127.5) / 64).softmax(1)[0].numpy()
        actual = predictions(fovea, weights.parent, picture)

    worst = float(np.abs(actual - expected).max())
    print(f"largest difference of a probability: {worst:.1e}; probabilities from {expected.min():.3g} to {expected.max():.3g}")
    if not worst <= LIMIT:
        sys.exit(f"PyTorch: {expected}\nfovea:   {actual}")


main()
