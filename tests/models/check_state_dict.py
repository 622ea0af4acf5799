"""A checkpoint written by fovea loads into a ResNet-18 with torchvision's names, and gives the predictions that `fovea predict` gives.

usage: check_state_dict.py FOVEA      exits 77 (skipped) when torch, numpy or safetensors are absent
"""
import pathlib
import sys
import tempfile

try:
    import numpy as np
    import safetensors.torch
    import torch
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

import small_run

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "goldens"))
from torch_resnet import ResNet  # noqa: E402

LIMIT = 1e-3  # of probabilities, float32 on both sides


def main():
    fovea = pathlib.Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        checkpoint = small_run.train(fovea, folder / "run")
        pictures = small_run.random_pictures(1)

        network = ResNet("resnet18", small_run.CLASSES).eval()
        network.load_state_dict(safetensors.torch.load_file(checkpoint / "model.safetensors"), strict=True)
        with torch.no_grad():
            expected = network((torch.tensor(pictures).permute(0, 3, 1, 2).float() - 127.5) / 64).softmax(1).numpy()
        actual = small_run.predictions(fovea, checkpoint, pictures, folder)

    worst = float(np.abs(actual - expected).max())
    print(f"largest difference of a probability: {worst:.1e}; probabilities from {expected.min():.3g} to {expected.max():.3g}")
    if not worst <= LIMIT:
        sys.exit(f"PyTorch: {expected}\nfovea:   {actual}")


main()
