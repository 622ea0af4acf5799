"""Writes small.onnx: a graph with every kind of field that fovea/io/onnx.cpp writes, made and checked by the `onnx` package.

Run with onnx 1.23.2 and numpy 2: python tests/goldens/make_onnx_golden.py. tests/io/onnx_test.cpp describes the same graph and compares byte by byte.
"""
import pathlib

import numpy as np
import onnx
from onnx import TensorProto, helper

weight = np.arange(16, dtype=np.float32).reshape(2, 2, 2, 2) / 4 - 1
bias = np.array([0.5, -300], dtype=np.float32)


def tensor(name, values):
    return helper.make_tensor(name, TensorProto.FLOAT, values.shape, values.tobytes(), raw=True)


graph = helper.make_graph(
    [
        helper.make_node("Conv", ["x", "conv.weight", "conv.bias"], ["conv"], name="conv", kernel_shape=[2, 2], strides=[1, 1], pads=[0, 0, 1, 1], group=1),
        helper.make_node("Relu", ["conv"], ["y"], name="relu"),
        helper.make_node("Softmax", ["y"], ["p"], name="softmax", axis=1),
    ],
    "small",
    [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", 2, 300, 3])],
    [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", 2, 300, 3]) for name in ("y", "p")],
    [tensor("conv.weight", weight), tensor("conv.bias", bias)],
)
# make_node sorts attributes by name; the order is free, so here it is that of the test
order = ["kernel_shape", "strides", "pads", "group"]
attributes = sorted(graph.node[0].attribute, key=lambda attribute: order.index(attribute.name))
del graph.node[0].attribute[:]
graph.node[0].attribute.extend(attributes)
model = helper.make_model(graph, producer_name="fovea", producer_version="1.2.3", ir_version=8, opset_imports=[helper.make_opsetid("", 17)])
helper.set_model_props(model, {"classes": '["cat", "dog"]', "step": "64"})
onnx.checker.check_model(model, full_check=True)
path = pathlib.Path(__file__).parent / "small.onnx"
path.write_bytes(model.SerializeToString())
print(f"{path}: {path.stat().st_size} bytes, onnx {onnx.__version__}")
