"""Checkpoints that TensorFlow wrote under the reference's names, in fovea: the same logits through `--init` and `checkpoint convert`, and back again
through `checkpoint convert` to the same names and bits.

usage: check_tf_checkpoint.py FOVEA [NETWORK...]      exits 77 (skipped) when tensorflow or numpy is absent
"""
import os
import pathlib
import sys
import tempfile

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
try:
    import numpy as np
    import tensorflow as tf
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "goldens"))
from small_run import CLASSES, SIDE, predictions, random_pictures, run  # noqa: E402
from tensorflow_resnet import BLOCKS, ResNet  # noqa: E402

LOGITS = 1e-4  # absolute, of logits of about 1
SETTINGS = {
    "model.padding": "same", "model.stage1_projection": "true", "model.bn_momentum": 1, "data.image_size": SIDE, "data.eval_resize": SIDE,
    "data.mean": "[127.5, 127.5, 127.5]", "data.std": "[64, 64, 64]", "train.precision": "float32", "train.batch_size": 8, "train.steps": 1, "optim.lr": 0,
}


def save(network, folder):
    """As an Estimator does in the end, on a machine that is gone: variables, their momentum, the step, and a path to nowhere. Returns the tensors by name."""
    tensors = {theirs: network.tensors[ours].value() for ours, theirs in network.reference_names().items()}
    slots = {f"{name}/Momentum": tf.zeros_like(value) for name, value in tensors.items() if "moving" not in name}
    everything = {**tensors, **slots, "global_step": tf.constant(28152, tf.int64)}
    names = sorted(everything)
    tf.raw_ops.SaveV2(prefix=str(folder / "model.ckpt-28152"), tensor_names=names, shape_and_slices=[""] * len(names), tensors=[everything[name] for name in names])
    (folder / "checkpoint").write_text('model_checkpoint_path: "/gone/resnet/model.ckpt-28152"\n')
    return {**tensors, "global_step": everything["global_step"]}


def logits_from(fovea, source, pictures, folder):
    """Up to a constant"""
    checkpoint = source if (source / "state.json").exists() else sorted(source.glob("checkpoints/step-*"))[-1]
    return centred(np.log(predictions(fovea, checkpoint, pictures, folder)))


def centred(logits):
    return logits - logits.mean(axis=1, keepdims=True)


def check(fovea, name, folder):
    network = ResNet(name, CLASSES, tf.float32)
    pictures = random_pictures(2)
    expected = centred(network.forward((tf.constant(pictures, tf.float32) - 127.5) / 64, None).numpy().astype(np.float64))
    source = folder / "tensorflow"
    source.mkdir()
    saved = save(network, source)
    settings = [word for key, value in {**SETTINGS, "model.name": name}.items() for word in ("--set", f"{key}={value}")]
    converted, initialised, back = folder / "converted", folder / "run", folder / "back"
    run([fovea, "checkpoint", "verify", source])
    run([fovea, "checkpoint", "convert", source / "model.ckpt-28152", converted, "--recipe", "tiny-resnet18", *settings])
    # no rate, and statistics that do not move: what the run saves is what it read
    data = f"synthetic:classes={CLASSES},train=16,val=8,size={SIDE}"
    run([fovea, "train", "tiny-resnet18", "--data", data, "--run-dir", initialised, "--init", source, *settings])
    worst = float(np.max([abs(logits_from(fovea, each, pictures, folder) - expected).max() for each in (converted, initialised)]))

    back.mkdir()
    run([fovea, "checkpoint", "convert", initialised, back / "model.ckpt-28152"])
    copy = tf.train.load_checkpoint(tf.train.latest_checkpoint(back))
    if sorted(copy.get_variable_to_shape_map()) != sorted(saved):
        sys.exit(f"{name}: other names after the way back: {sorted(set(saved) ^ set(copy.get_variable_to_shape_map()))}")
    for each, value in saved.items():
        if copy.get_tensor(each).tobytes() != value.numpy().tobytes():
            sys.exit(f"{name}: {each} is not what it was after the way back")
    print(f"{name:<18} logits {worst:.1e}, {len(saved)} tensors the same after the way back", flush=True)
    return worst <= LOGITS


def main():
    fovea, good = pathlib.Path(sys.argv[1]).resolve(), True
    print(f"TensorFlow {tf.__version__}")
    for name in sys.argv[2:] or BLOCKS:
        with tempfile.TemporaryDirectory() as temporary:
            good = check(fovea, name, pathlib.Path(temporary)) and good
    sys.exit(0 if good else f"logits differ by more than {LOGITS:g}")


main()
