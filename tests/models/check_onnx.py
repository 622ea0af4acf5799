"""What `fovea export` writes passes the checker of `onnx`, and gives in `onnxruntime` what `fovea predict` gives.

usage: check_onnx.py FOVEA [--all]      exits 77 (skipped) when numpy, onnx or onnxruntime are absent
--all  every network (minutes); otherwise one of each kind of block, stem and padding
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

LIMIT = 1e-4  # of logits, float32 on both sides
NETWORKS = ["resnet18", "resnet34", "resnet50", "resnet101", "resnet152", "resnet200", "resnext50_32x4d", "resnext101_32x4d", "resnext152_32x4d"]
QUICK = [("resnet18", "imagenet", "same", 75), ("resnet18", "keras", "same", 64), ("resnet18", "imagenet", "symmetric", 64),
         ("resnext50_32x4d", "small", "same", 32)]
ALL = [(name, *rest) for name in NETWORKS for rest in (("imagenet", "same", 64), ("small", "same", 32))]


def settings(network, stem, padding, side):
    """Two steps from first weights, and the statistics of the last batch. The last gammas begin at zero, or the made-up statistics let deep networks overflow."""
    return {"model.name": network, "model.stem": stem, "model.padding": padding, "model.zero_init_last_gamma": "true",
            "model.bn_momentum": 0, "data.image_size": side, "data.eval_resize": side, "optim.lr": 0.05, "optim.warmup_epochs": 0, "train.steps": 2,
            "train.batch_size": 4}


def centred(logits):
    """Probabilities tell logits up to a constant."""
    return logits - logits.mean(axis=1, keepdims=True)


def apply(file, images):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    network = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
    return network.run(["logits", "probabilities"], {"images": images.astype(np.float32)}), network.get_modelmeta().custom_metadata_map


def check(fovea, case):
    """The largest difference of a logit: one picture alone and five together, levels and normalised."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        checkpoint = small_run.train(fovea, folder / "run", settings(*case))
        pictures = small_run.random_pictures(5, case[3])
        expected = small_run.predictions(fovea, checkpoint, pictures, folder)
        for kind in ("levels", "normalised"):
            small_run.run([fovea, "export", folder / "run", "-o", folder / f"{kind}.onnx", "--softmax", "--input", kind])
            onnx.checker.check_model(str(folder / f"{kind}.onnx"), full_check=True)

        levels = pictures.transpose(0, 3, 1, 2)
        (logits, probabilities), facts = apply(folder / "levels.onnx", levels)
        assert facts["input"] == "levels" and facts["image_size"] == str(case[3]) and len(json.loads(facts["classes"])) == small_run.CLASSES, facts
        (alone, _), _ = apply(folder / "levels.onnx", levels[:1])
        mean, std = (np.array(json.loads(facts[key]), np.float32).reshape(1, 3, 1, 1) for key in ("mean", "std"))
        (normalised, _), _ = apply(folder / "normalised.onnx", (levels - mean) / std)

        target = centred(np.log(expected))
        worst = [float(np.abs(each).max()) for each in (centred(alone) - target[:1], centred(logits) - target, centred(normalised) - target, probabilities - expected)]
        size = (folder / "levels.onnx").stat().st_size / 2**20
    print(f"| {case[0]} | {case[1]}, {case[2]}, {case[3]} px | {size:.1f} | {np.ptp(logits):.1f} | {' | '.join(f'{each:.1e}' for each in worst)} |", flush=True)
    return float(np.max(worst))  # not a number when one is


def main():
    fovea = pathlib.Path(sys.argv[1]).resolve()
    print(f"onnx {onnx.__version__}, onnxruntime {onnxruntime.__version__}\n")
    print("| network | stem, padding, side | MiB | range of logits | batch 1 | batch 5 | batch 5, normalised | probabilities |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    worst = float(np.max([check(fovea, case) for case in (ALL if "--all" in sys.argv else QUICK)]))
    if not worst <= LIMIT:
        sys.exit(f"the largest difference is {worst}, {LIMIT} are allowed")


main()
