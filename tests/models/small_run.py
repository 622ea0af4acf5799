"""A small run of fovea for the checks that read what it leaves: trained on made-up pictures, applied to pictures as `fovea predict` does."""
import json
import struct
import subprocess
import sys
import zlib

import numpy as np

SIDE, CLASSES = 64, 10
# A picture has the side of the input, and the centre is all of it: no resampling stands between the file and the network.
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


def train(fovea, folder, changes=None):
    """Returns the folder of the last checkpoint. changes  keys of the recipe beside SETTINGS"""
    settings = SETTINGS | (changes or {})
    data = f"synthetic:classes={CLASSES},train=16,val=8,size={settings['data.image_size']}"
    run([fovea, "train", "tiny-resnet18", "--data", data, "--run-dir", folder, *(word for key, value in settings.items() for word in ("--set", f"{key}={value}"))])
    checkpoints = sorted(folder.glob("checkpoints/step-*"))
    if not checkpoints:
        sys.exit(f"no checkpoint in {folder}")
    return checkpoints[-1]


def random_pictures(count, side=SIDE):
    return np.random.default_rng(1).integers(0, 256, (count, side, side, 3), dtype=np.uint8)


def predictions(fovea, checkpoint, pictures, folder):
    """Probabilities of pictures [N, H, W, 3], by class; `folder` keeps them as files."""
    files = [folder / f"picture{i}.png" for i in range(len(pictures))]
    for file, pixels in zip(files, pictures):
        write_png(file, pixels)
    names = json.loads((checkpoint / "state.json").read_text())["classes"]
    lines = run([fovea, "predict", checkpoint, *files, "--top", CLASSES, "--json"]).splitlines()
    guesses = [{guess["class"]: guess["p"] for guess in json.loads(line)["top"]} for line in lines]
    return np.array([[each[name] for name in names] for each in guesses])
