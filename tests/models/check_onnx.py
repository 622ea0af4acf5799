"""What fovea exports passes the checker of `onnx`, and gives in `onnxruntime` the logits of Fovea's reference.

usage: check_onnx.py FOVEA WRITE_ONNX [--all]      exits 77 (skipped) when numpy, onnx or onnxruntime are absent
--all  every network at full size (minutes); otherwise one of each kind of block and stem, and the command itself
"""
import json
import pathlib
import sys
import tempfile

try:
    import numpy as np
    import onnx
    import onnxruntime
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

import small_run

LIMIT = 1e-4  # of logits of about 1, and of probabilities
NETWORKS = ["resnet18", "resnet34", "resnet50", "resnet101", "resnet152", "resnet200", "resnext50_32x4d", "resnext101_32x4d", "resnext152_32x4d"]
QUICK = [("resnet18", "imagenet", "same", 75), ("resnet18", "keras", "same", 64), ("resnet18", "imagenet", "symmetric", 64),
         ("resnet50", "small", "same", 32), ("resnext50_32x4d", "imagenet", "same", 64)]
ALL = [(name, *rest) for name in NETWORKS for rest in (("imagenet", "same", 224), ("small", "same", 32))] + [("resnet50", "keras", "same", 224), ("resnet50", "imagenet", "symmetric", 224)]


def session(path):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def check_network(write_onnx, case):
    """The largest difference of a logit, with all pictures at once and with one alone."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        small_run.run([write_onnx, folder, *case])
        side = case[3]
        images = np.fromfile(folder / "images.f32", np.float32).reshape(-1, 3, side, side)
        expected = np.fromfile(folder / "logits.f32", np.float32).reshape(len(images), -1)
        onnx.checker.check_model(str(folder / "model.onnx"), full_check=True)
        network = session(folder / "model.onnx")
        together = np.abs(network.run(["logits"], {"images": images})[0] - expected).max()
        alone = np.abs(network.run(["logits"], {"images": images[:1]})[0] - expected[:1]).max()
        size = (folder / "model.onnx").stat().st_size
    print(f"| {case[0]} | {case[1]}, {case[2]}, {side} px | {size / 2**20:.1f} | {np.abs(expected).max():.2f} | {alone:.1e} | {together:.1e} |", flush=True)
    return max(float(together), float(alone))


def check_command(fovea):
    """`fovea export` of a run, applied to a picture, against `fovea predict`."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        checkpoint = small_run.train(fovea, folder / "run")
        pixels = small_run.random_picture()
        small_run.write_png(folder / "picture.png", pixels)
        expected = small_run.predictions(fovea, checkpoint, folder / "picture.png")
        worst = 0.0
        for kind in ("levels", "normalised"):
            file = folder / f"{kind}.onnx"
            small_run.run([fovea, "export", folder / "run", "-o", file, "--softmax", "--input", kind])
            onnx.checker.check_model(str(file), full_check=True)
            facts = {each.key: each.value for each in onnx.load(str(file)).metadata_props}
            images = pixels.transpose(2, 0, 1)[None].astype(np.float32)
            if kind == "normalised":
                mean, std = (np.array(json.loads(facts[key]), np.float32).reshape(1, 3, 1, 1) for key in ("mean", "std"))
                images = (images - mean) / std
            probabilities = session(file).run(["probabilities"], {"images": images})[0][0]
            worst = max(worst, float(np.abs(probabilities - expected).max()))
        assert facts["input"] == "normalised" and facts["image_size"] == str(small_run.SIDE) and len(json.loads(facts["classes"])) == small_run.CLASSES, facts
    print(f"fovea export and onnxruntime against fovea predict: largest difference of a probability {worst:.1e}")
    return worst


def main():
    fovea, write_onnx = (pathlib.Path(argument).resolve() for argument in sys.argv[1:3])
    print(f"onnx {onnx.__version__}, onnxruntime {onnxruntime.__version__}")
    print("| network | stem, padding, side | MiB | largest logit | difference, batch 1 | batch 5 |\n| --- | --- | --- | --- | --- | --- |")
    worst = [check_network(write_onnx, case) for case in (ALL if "--all" in sys.argv else QUICK)]
    worst.append(check_command(fovea))
    if not max(worst) <= LIMIT:
        sys.exit(f"the largest difference is {max(worst)}, {LIMIT} are allowed")


main()
