"""Writes tf_bundle/: small checkpoints of TensorFlow in every form that is read or refused (tests/io/tf_bundle_test.cpp), and the seeds of fuzz_table and fuzz_tf_bundle.

Run with TensorFlow 2.21.0 (tensorflow-cpu): python tests/goldens/make_tf_bundles.py. Nothing else may write them: they stand for what users bring.
tests/io/check_tf_bundle.py is the other way round.
"""
import pathlib
import shutil

import numpy as np
import tensorflow as tf
from tensorflow.core.framework import tensor_shape_pb2
from tensorflow.core.protobuf import tensor_bundle_pb2

HERE = pathlib.Path(__file__).parent
OUT, SEEDS = HERE / "tf_bundle", HERE.parent / "fuzz" / "corpus"


def save(name, tensors, slices=None):
    tf.raw_ops.SaveV2(prefix=str(OUT / name), tensor_names=list(tensors), shape_and_slices=slices or [""] * len(tensors), tensors=list(tensors.values()))


def graph_checkpoint():
    """As an Estimator leaves it: the variables of a convolution with its norm and a dense layer under their scope, momentum, and the text file "checkpoint"."""
    v1 = tf.compat.v1
    with tf.Graph().as_default(), v1.Session() as session:
        step = v1.train.get_or_create_global_step()
        with v1.variable_scope("resnet_model"):
            for name, shape in {"conv2d/kernel": [2, 2, 1, 3], "dense/kernel": [3, 2], "dense/bias": [2]}.items():
                v1.get_variable(name, initializer=tf.reshape(tf.range(float(np.prod(shape))), shape))
            for name in ("gamma", "beta", "moving_mean", "moving_variance"):
                v1.get_variable("batch_normalization/" + name, [3], initializer=v1.ones_initializer(), trainable=not name.startswith("moving"))
        loss = tf.add_n([tf.reduce_sum(v) for v in v1.trainable_variables()])
        v1.train.MomentumOptimizer(0.1, 0.9).minimize(loss)
        session.run(v1.global_variables_initializer())
        session.run(step.assign(7))
        v1.train.Saver().save(session, str(OUT / "model.ckpt"), global_step=7, write_meta_graph=False)


shutil.rmtree(OUT, ignore_errors=True)
OUT.mkdir()
for target in ("table", "tf_bundle"):
    (SEEDS / target).mkdir(parents=True, exist_ok=True)
save("types", {
    "f32": tf.constant([[1.5, -2.25]]), "f64": tf.constant([1e300, -0.1], tf.float64), "f16": tf.constant([0.5, -3], tf.float16),
    "bf16": tf.constant([1, -2.5], tf.bfloat16), "i64": tf.constant([2**40, -1], tf.int64), "i32": tf.constant([-7, 8]),
    "u8": tf.constant([0, 255], tf.uint8), "bool": tf.constant([True, False]), "scalar": tf.constant(3.5), "none": tf.zeros([0, 4]),
    "text": tf.constant(["a", "bcd"]), "u16": tf.constant([7], tf.uint16)})
graph_checkpoint()
save("first", {"a": tf.constant([1.0, 2.0]), "c": tf.constant([3])})
save("second", {"b": tf.constant([4.0])})
tf.raw_ops.MergeV2Checkpoints(checkpoint_prefixes=[str(OUT / "first"), str(OUT / "second")], destination_prefix=str(OUT / "shards"))
save("partitioned", {"w": tf.constant([[1.0], [2.0]])}, ["4 1 0,2:-"])
tf.train.Checkpoint(weight=tf.Variable([1.0, 2.0])).save(str(OUT / "objects"))  # also writes "checkpoint"
(OUT / "checkpoint").write_text('model_checkpoint_path: "model.ckpt-7"\nall_model_checkpoint_paths: "model.ckpt-7"\n')
for name in ("model.ckpt-7", "types"):
    table = (OUT / f"{name}.index").read_bytes()
    meta_offset = table[-48] & 127 | table[-47] << 7  # a number of two bytes: where the block behind the data's begins, and its trailer of five bytes ends
    (SEEDS / "table" / name).write_bytes(table)
    (SEEDS / "table" / f"{name}.block").write_bytes(table[:meta_offset - 5])
axes = tensor_shape_pb2.TensorShapeProto(dim=[tensor_shape_pb2.TensorShapeProto.Dim(size=2), tensor_shape_pb2.TensorShapeProto.Dim(size=3)])
zeros = 0x7C5FF4CF  # masked CRC-32C of 24 zeros
for name, message in {
    "header": tensor_bundle_pb2.BundleHeaderProto(num_shards=1, version={"producer": 1}),
    "entry": tensor_bundle_pb2.BundleEntryProto(dtype=1, shape=axes, offset=8, size=24, crc32c=zeros),
}.items():
    (SEEDS / "tf_bundle" / name).write_bytes(message.SerializeToString())
