#!/usr/bin/env python3
"""Reads what fovea::io::EventFile wrote with PyPI's TensorBoard (2.21.0) and checks every value.

  pip install tensorboard && tests/io/check_tensorboard.py build/dev/tests/io/write_events

The run has two sessions: steps 0 to 30 with loss = step, then from step 20 to 40 with loss = 1000 + step. TensorBoard must drop steps
20 to 30 of the first one, which is what start_session() is for.
"""
import base64
import subprocess
import sys
import tempfile

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.backend.event_processing.plugin_event_accumulator import EventAccumulator as PluginAccumulator

# A PNG of 3x2 red pixels.
PNG = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAMAAAACCAIAAAASFvFNAAAAEUlEQVR42mP4z8AARAwQCgAf7gP9i18U1AAAAABJRU5ErkJggg==")


def expect(what, found, expected):
    if found != expected:
        sys.exit(f"{what}: found {found!r}, expected {expected!r}")


def check(events, scalars, texts):
    expect("steps", [step for step, _ in scalars], list(range(41)))
    expect("values", [value for _, value in scalars], [float(s) for s in range(20)] + [1000.0 + s for s in range(20, 41)])
    expect("texts", texts, [(0, b"**lr** 0.1"), (20, b"**lr** 0.1")])
    expect("file version", events.file_version, 2.0)


with tempfile.TemporaryDirectory() as folder:
    picture = folder + "/picture.png"
    open(picture, "wb").write(PNG)
    run = folder + "/run"
    subprocess.run([sys.argv[1], run, picture], check=True)

    classic = EventAccumulator(run, purge_orphaned_data=True)
    classic.Reload()
    pictures = [(i.step, i.width, i.height, i.encoded_image_string) for i in classic.Images("eval/sheet")]
    expect("pictures", pictures, [(40, 3, 2, PNG)])
    text = [(t.step, t.tensor_proto.string_val[0]) for t in classic.Tensors("run/recipe")]
    check(classic, [(s.step, s.value) for s in classic.Scalars("train/loss")], text)

    # The one that the web page uses; it turns scalars and pictures into tensors.
    plugin = PluginAccumulator(run, purge_orphaned_data=True, size_guidance={"tensors": 0})
    plugin.Reload()
    scalars = [(t.step, t.tensor_proto.float_val[0]) for t in plugin.Tensors("train/loss")]
    text = [(t.step, t.tensor_proto.string_val[0]) for t in plugin.Tensors("run/recipe")]
    check(plugin, scalars, text)
    expect("plugins", sorted(plugin.ActivePlugins()), ["images", "scalars", "text"])
    expect("pictures", [t.tensor_proto.string_val[2] for t in plugin.Tensors("eval/sheet")], [PNG])
print("TensorBoard reads the events")
