"""Checkpoints that TensorFlow wrote under the reference's names, in fovea: the same logits (of a detector: boxes) through `--init` and `checkpoint convert`,
and back again through `checkpoint convert` to the same names and bits. A detector also as `fovea eval` takes it, and its backbone alone.

usage: check_tf_checkpoint.py FOVEA [NETWORK...]      exits 77 (skipped) when tensorflow or numpy is absent
"""
import json
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
from small_run import CLASSES, SIDE, predictions, random_pictures, run, write_png  # noqa: E402
from tensorflow_resnet import BLOCKS, ResNet  # noqa: E402
from tensorflow_ssd import SIDE as SSD_SIDE, Ssd, detections  # noqa: E402

LOGITS = 2e-5  # absolute, of logits of about 1
SCORES, PIXELS = 2e-5, 0.05  # of detections: probabilities; corners and sides, which are written in hundredths
SSD_CLASSES = {3: "dog", 7: "cat", 20: "bird"}  # by id
SETTINGS = {
    "model.padding": "same", "model.stage1_projection": "true", "model.bn_momentum": 1, "data.image_size": SIDE, "data.eval_resize": SIDE,
    "data.mean": "[127.5, 127.5, 127.5]", "data.std": "[64, 64, 64]", "train.precision": "float32", "train.batch_size": 8, "train.steps": 1, "optim.lr": 0,
}


def save(network, folder, names=None):
    """As an Estimator does in the end, on a machine that is gone: variables, their momentum, the step, and a path to nowhere. Returns the tensors by name."""
    tensors = {theirs: network.tensors[ours].value() for ours, theirs in (names or network.reference_names()).items()}
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
    images = (tf.constant(pictures, tf.float32) - 127.5) / 64
    spread = tf.math.reduce_std(network.forward(images, None))
    for part in ("weight", "bias"):  # probabilities that are neither 0 nor 1, whatever the depth of the network
        network.tensors[f"fc.{part}"].assign(network.tensors[f"fc.{part}"] / spread)
    expected = centred(network.forward(images, None).numpy().astype(np.float64))
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

    expect_same_bits(fovea, initialised, back, saved)
    print(f"{name:<18} logits {worst:.1e}, {len(saved)} tensors the same after the way back", flush=True)
    return worst <= LOGITS


def expect_same_bits(fovea, source, folder, saved):
    """Writes a checkpoint of TensorFlow from one of fovea; TensorFlow must find in it what it had saved. saved  tensors by name"""
    folder.mkdir()
    run([fovea, "checkpoint", "convert", source, folder / "model.ckpt-28152"])
    copy = tf.train.load_checkpoint(tf.train.latest_checkpoint(folder))
    names = copy.get_variable_to_shape_map()
    if sorted(names) != sorted(saved):
        sys.exit(f"other names after the way back: {sorted(set(saved) ^ set(names))}")
    for each, value in saved.items():
        if copy.get_tensor(each).tobytes() != value.numpy().tobytes():
            sys.exit(f"{each} is not what it was after the way back")


def box_differences(fovea, checkpoint, pictures, folder, expected):
    """The largest of scores and of boxes; in what order boxes of nearly the same score come does not matter."""
    files = [folder / f"seen{i}.png" for i in range(len(pictures))]
    for file, pixels in zip(files, pictures):
        write_png(file, pixels)
    lines = run([fovea, "predict", checkpoint, *files, "--min-score", "0", "--json"]).splitlines()
    worst = [0.0, 0.0]
    for line, truth in zip(lines, expected):
        objects = json.loads(line)["objects"]
        if any(SSD_CLASSES[each["id"]] != each["class"] for each in objects):
            sys.exit("other ids than those of --classes")
        seen = [(each["score"], 1 + sorted(SSD_CLASSES).index(each["id"]), *each["bbox"]) for each in objects]
        if len(seen) != len(truth):
            sys.exit(f"{len(seen)} objects, TensorFlow has {len(truth)}")
        left = list(truth)
        for row in seen:
            nearest = min((other for other in left if other[1] == row[1]), key=lambda other: abs(np.subtract(row[2:], other[2:])).max())
            left.remove(nearest)
            worst = [max(worst[0], abs(row[0] - nearest[0])), max(worst[1], abs(np.subtract(row[2:], nearest[2:])).max())]
    return worst


def check_ssd(fovea, folder):
    network = Ssd(1 + len(SSD_CLASSES))
    pictures = random_pictures(2, SSD_SIDE)
    mean, std = (255 * np.array(x) for x in ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)))
    images = tf.constant((pictures - mean) / std, tf.float32)
    network.scale_heads(*network.forward(images))
    logits, offsets = network.forward(images)
    expected = [detections(*each) for each in zip(logits, offsets)]
    whole, backbone = folder / "tensorflow", folder / "backbone"
    whole.mkdir()
    backbone.mkdir()
    names = network.reference_names()
    saved = save(network, whole)
    save(network, backbone, {ours: theirs.removeprefix("resnet34/") for ours, theirs in names.items() if theirs.startswith("resnet34/")})
    categories = [{"id": number, "name": SSD_CLASSES[number]} for number in sorted(SSD_CLASSES, reverse=True)]
    (folder / "instances.json").write_text(json.dumps({"images": [], "annotations": [], "categories": categories}))

    run([fovea, "checkpoint", "verify", whole, backbone])
    converted = folder / "converted"
    run([fovea, "checkpoint", "convert", whole, converted, "--recipe", "ssd-resnet34", "--classes", folder / "instances.json", "--set", "train.precision=float32"])
    scores, pixels = box_differences(fovea, converted, pictures, folder, expected)

    data = f"synthetic:classes={len(SSD_CLASSES)},train=8,val=4,size={SSD_SIDE},boxes=3"
    still = ["--set", "model.bn_momentum=1", "--set", "optim.lr=0", "--set", "train.batch_size=2", "--set", "train.steps=1", "--set", "train.eval_every=none"]
    run([fovea, "train", "ssd-resnet34", "--data", data, "--run-dir", folder / "run", "--init", whole, *still])
    expect_same_bits(fovea, folder / "run", folder / "back", saved)
    run([fovea, "train", "ssd-resnet34", "--data", data, "--run-dir", folder / "begun", "--init", f"{backbone}:backbone", *still])
    run([fovea, "checkpoint", "convert", folder / "begun", folder / "begun.ckpt-1"])
    begun = tf.train.load_checkpoint(str(folder / "begun.ckpt-1"))
    kept = [name for name, value in saved.items() if name.startswith("resnet34/") and begun.get_tensor(name).tobytes() == value.numpy().tobytes()]
    if len(kept) != 29 * 5:
        sys.exit(f"only {len(kept)} tensors of the backbone are in the run that began with it")

    direct, own = (json.loads(run([fovea, "eval", each, "--data", data, "--batch", 4, "--json"])) for each in (whole, folder / "run"))
    if direct["step"] != 28152 or direct["loss"] != own["loss"]:
        sys.exit(f"evaluated as it is: {direct}, as the run that began with it: {own}")
    print(f"{'ssd_resnet34':<18} {sum(map(len, expected))} boxes: scores {scores:.1e}, {pixels:.2f} pixels; {len(saved)} tensors the same after the way back", flush=True)
    return scores <= SCORES and pixels <= PIXELS


def main():
    fovea, good = pathlib.Path(sys.argv[1]).resolve(), True
    print(f"TensorFlow {tf.__version__}")
    for name in sys.argv[2:] or [*BLOCKS, "ssd_resnet34"]:
        with tempfile.TemporaryDirectory() as temporary:
            folder = pathlib.Path(temporary)
            good = (check_ssd(fovea, folder) if name == "ssd_resnet34" else check(fovea, name, folder)) and good
    sys.exit(0 if good else f"logits differ by more than {LOGITS:g}, or scores by more than {SCORES:g}, or boxes by more than {PIXELS:g} pixels")


main()
