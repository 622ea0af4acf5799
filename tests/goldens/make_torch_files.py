"""Writes torch/*.pth: small files of torch.save in every form that is read or refused (tests/io/torch_file_test.cpp), and the seeds of fuzz_torch_file.

Run with torch 2.13.0: python tests/goldens/make_torch_files.py. Nothing else may write them: they stand for what users bring.
"""
import argparse
import collections
import pathlib
import zipfile

import torch

HERE = pathlib.Path(__file__).parent
OUT, SEEDS = HERE / "torch", HERE.parent / "fuzz" / "corpus" / "torch_file"


def small_network():
    """A module with parameters, statistics and the count of batches, wrapped as DataParallel wraps."""
    torch.manual_seed(1)
    return torch.nn.Sequential(collections.OrderedDict(conv1=torch.nn.Conv2d(2, 3, 1, bias=False), bn1=torch.nn.BatchNorm2d(3)))


base = torch.arange(24, dtype=torch.float32).reshape(2, 3, 4)
types = {
    "f32": torch.tensor([1.5, -2.25]), "f64": torch.tensor([1e300, -0.1], dtype=torch.float64), "f16": torch.tensor([0.5, -3.0], dtype=torch.float16),
    "bf16": torch.tensor([1.0, -2.5], dtype=torch.bfloat16), "i64": torch.tensor([2**40, -1]), "i32": torch.tensor([-7, 8], dtype=torch.int32),
    "u8": torch.tensor([0, 255], dtype=torch.uint8), "bool": torch.tensor([True, False]), "scalar": torch.tensor(3.5), "none": torch.zeros(0, 4),
}
views = {
    "whole": base, "slice": base[1, :, 1:3], "transposed": base[0].t(), "one": base[1, 2, 3], "channels_last": torch.arange(24.0).reshape(1, 2, 3, 4).to(memory_format=torch.channels_last),
}
network = small_network()
optimizer = torch.optim.SGD(network.parameters(), lr=0.1, momentum=0.9)
network(torch.ones(2, 2, 4, 4)).sum().backward()
optimizer.step()
training = {"state_dict": torch.nn.DataParallel(network).state_dict(), "optimizer": optimizer.state_dict(), "epoch": 12, "arch": "small", "best": 0.75, "note": None,
            "lrs": [0.1, 0.01], "seed": 2**70, "done": False}

OUT.mkdir(exist_ok=True)
SEEDS.mkdir(parents=True, exist_ok=True)
torch.save(types, OUT / "types.pth")
torch.save(views, OUT / "views.pth")
torch.save(training, OUT / "training.pth")
torch.save({"best_acc1": torch.tensor(71.3), "state_dict": network.state_dict()}, OUT / "measured.pth")  # a tensor beside the dict of weights
torch.save(network.state_dict(), OUT / "protocol4.pth", pickle_protocol=4)
torch.save({"weight": torch.nn.Parameter(torch.ones(2))}, OUT / "parameter.pth")
torch.save({"x": torch.tensor([1.0]).expand(1000)}, OUT / "expanded.pth")  # 1,000 elements out of one
# refused
torch.save({"args": argparse.Namespace(lr=0.1), "state_dict": {"x": torch.ones(1)}}, OUT / "namespace.pth")
torch.save(torch.nn.Linear(1, 1), OUT / "module.pth")
torch.save({"x": torch.ones(1)}, OUT / "legacy.pth", _use_new_zipfile_serialization=False)
torch.jit.script(torch.nn.Linear(1, 1)).save(str(OUT / "script.pt"))
torch.save([torch.ones(1)], OUT / "no_names.pth")
torch.serialization.set_crc32_options(False)
torch.save({"x": torch.ones(1)}, OUT / "unchecked.pth")
torch.serialization.set_crc32_options(True)
with zipfile.ZipFile(OUT / "training.pth") as stored, zipfile.ZipFile(OUT / "compressed.pth", "w", zipfile.ZIP_DEFLATED) as packed:
    for name in stored.namelist():
        packed.writestr(zipfile.ZipInfo(name), stored.read(name), zipfile.ZIP_DEFLATED)
torch.save({"a": torch.tensor([[1.0, 2.0]]), "b": torch.tensor([3])}, SEEDS / "two")
torch.save({"state_dict": collections.OrderedDict(w=torch.ones(2, 2).t()), "epoch": 3}, SEEDS / "nested", pickle_protocol=4)
pickles = HERE.parent / "fuzz" / "corpus" / "pickle"
pickles.mkdir(parents=True, exist_ok=True)
for seed in ("two", "nested"):
    with zipfile.ZipFile(SEEDS / seed) as archive:
        (pickles / seed).write_bytes(archive.read(f"{seed}/data.pkl"))
