#!/usr/bin/env python3
"""Makes the seeds in tests/fuzz/corpus with encoders that are not ours; those of torch_file and pickle come from tests/goldens/make_torch_files.py.

Made with protobuf 7.36.2 (Example), tensorboard 2.21.0 (TFRecord framing) and safetensors 0.8.0 with torch 2.13.0:
  pip install protobuf tensorboard safetensors torch && tests/fuzz/make_corpus.py
The texts and numbers of Example and safetensors seeds also stand as goldens in tests/io; `--print` shows their bytes.
"""
import io
import pathlib
import struct
import sys

import safetensors.torch
import torch
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from tensorboard.summary.writer.record_writer import RecordWriter

CORPUS = pathlib.Path(__file__).parent / "corpus"


def example_class(package, packed):
    """tf.train.Example by its public field numbers, with lists packed or not."""
    kind = descriptor_pb2.FieldDescriptorProto
    file = descriptor_pb2.FileDescriptorProto(name=package + ".proto", package=package, syntax="proto2")

    def message(name, *fields):
        added = file.message_type.add(name=name)
        for number, (field, type_, repeated, type_name) in fields:
            new = added.field.add(name=field, number=number, type=type_, label=kind.LABEL_REPEATED if repeated else kind.LABEL_OPTIONAL)
            if type_name:
                new.type_name = f".{package}.{type_name}"
            elif repeated and type_ != kind.TYPE_BYTES:
                new.options.packed = packed
        return added

    message("BytesList", (1, ("value", kind.TYPE_BYTES, True, None)))
    message("FloatList", (1, ("value", kind.TYPE_FLOAT, True, None)))
    message("Int64List", (1, ("value", kind.TYPE_INT64, True, None)))
    message("Feature", (1, ("bytes_list", kind.TYPE_MESSAGE, False, "BytesList")), (2, ("float_list", kind.TYPE_MESSAGE, False, "FloatList")),
            (3, ("int64_list", kind.TYPE_MESSAGE, False, "Int64List")))
    message("Entry", (1, ("key", kind.TYPE_STRING, False, None)), (2, ("value", kind.TYPE_MESSAGE, False, "Feature")))
    message("Features", (1, ("feature", kind.TYPE_MESSAGE, True, "Entry")))
    message("Example", (1, ("features", kind.TYPE_MESSAGE, False, "Features")))
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(package + ".Example"))


def example(packed):
    made = example_class("packed" if packed else "unpacked", packed)()
    add = made.features.feature.add
    entry = add(key="image/class/label")
    entry.value.int64_list.value.extend([1, 300, -2])
    entry = add(key="image/encoded")
    entry.value.bytes_list.value.extend([b"\xff\xd8", b""])
    entry = add(key="scale")
    entry.value.float_list.value.extend([0.5, -2.0])
    return made.SerializeToString()


def records(payloads):
    stream = io.BytesIO()
    writer = RecordWriter(stream)
    for payload in payloads:
        writer.write(payload)
    writer.flush()
    return stream.getvalue()


def safetensors_header(text):
    """A file of a header alone, which no encoder would write."""
    return struct.pack("<Q", len(text)) + text


SEEDS = {
    "example/packed": example(True),
    "example/unpacked": example(False),
    "example/empty": b"",
    "tfrecord/three": records([b"", b"fovea", bytes(range(40))]),
    "tfrecord/example": records([example(True)]),
    "tfrecord/empty": b"",
    "safetensors/three": safetensors.torch.save(
        {"b": torch.tensor([[1.0, 2.0, 3.0]], dtype=torch.bfloat16), "a": torch.tensor([7, -1]), "u": torch.tensor([5], dtype=torch.uint8)},
        {"made_by": "safetensors"}),
    "safetensors/none": safetensors.torch.save({}),
    "safetensors/no_elements": safetensors.torch.save({"x": torch.zeros(0, 4), "y": torch.tensor(1.5)}),
    # JSON's grammar has no largest number, float64 has
    "safetensors/number_beyond_float64": safetensors_header(b'{"a":{"dtype":"F32","shape":[1e999],"data_offsets":[0,0]}}'),
}

for name, content in SEEDS.items():
    path = CORPUS / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    if "--print" in sys.argv:
        print(name, len(content), content)
