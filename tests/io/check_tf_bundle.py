#!/usr/bin/env python3
"""Reads with TensorFlow (2.21.0) what fovea::io::write_tf_bundle wrote, and checks every value.

  pip install tensorflow-cpu && tests/io/check_tf_bundle.py build/dev/tests/io/copy_tf_bundle

Copied are the checkpoints of tests/goldens/tf_bundle and one whose index has several blocks; TensorFlow must find the copies through the
text file "checkpoint" and see the same names, types, shapes and values.
"""
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import tensorflow as tf

GOLDENS = pathlib.Path(__file__).parents[1] / "goldens" / "tf_bundle"


def copy_and_compare(program, source, folder):
    subprocess.run([program, source, folder / "copy.ckpt-3"], check=True)
    newest = tf.train.latest_checkpoint(folder)
    assert newest == str(folder / "copy.ckpt-3"), newest
    original, copy = tf.train.load_checkpoint(str(source)), tf.train.load_checkpoint(newest)
    types = original.get_variable_to_dtype_map()
    names = sorted(name for name, dtype in types.items() if dtype not in (tf.string, tf.uint16))
    assert sorted(copy.get_variable_to_dtype_map()) == names
    for name in names:
        a, b = original.get_tensor(name), copy.get_tensor(name)
        assert a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes(), name
    print(f"{source}: {len(names)} of {len(types)} tensors, the same")


with tempfile.TemporaryDirectory() as temporary:
    folder = pathlib.Path(temporary)
    many = {f"{i:04}/{'scope/' * 100}": np.float32(i) for i in range(2000)}
    tf.raw_ops.SaveV2(prefix=str(folder / "many"), tensor_names=list(many), shape_and_slices=[""] * len(many), tensors=list(many.values()))
    for number, source in enumerate([GOLDENS / "types", GOLDENS / "model.ckpt-7", GOLDENS / "shards", GOLDENS / "objects-1", folder / "many"]):
        target = folder / str(number)
        target.mkdir()
        copy_and_compare(sys.argv[1], source, target)
