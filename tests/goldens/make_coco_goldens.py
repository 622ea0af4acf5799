#!/usr/bin/env python3
"""Scores of made-up detections by pycocotools, to the last bit.

usage: make_coco_goldens.py                              writes coco.json beside this file
       make_coco_goldens.py --check FOVEA                compares `FOVEA eval --detections` with pycocotools on the same cases
       make_coco_goldens.py --check FOVEA INSTANCES.json RESULTS.json    and on other files
Made with pycocotools 2.0.11 and numpy 2.4.6: pip install pycocotools numpy
The cases follow from their numbers alone; tests/metrics/coco_cases.h makes the same ones.
"""
import contextlib
import io
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

KEYS = ["AP", "AP50", "AP75", "APs", "APm", "APl", "ARmax1", "ARmax10", "ARmax100", "ARs", "ARm", "ARl"]
# truths and detections: at most so many in a picture; levels: different scores; crowds: in a hundred truths; quarters, jitter: the longest
# side, and how far most detections lie from a truth, in quarters of a pixel
CASES = [
    dict(name="ties", seed=1, images=20, classes=4, truths=6, detections=12, levels=4, crowds=10, quarters=600, jitter=8),
    dict(name="crowds", seed=2, images=30, classes=3, truths=6, detections=15, levels=64, crowds=60, quarters=600, jitter=8),
    dict(name="distinct", seed=3, images=60, classes=12, truths=5, detections=10, levels=1 << 20, crowds=5, quarters=800, jitter=8),
    dict(name="one_full_picture", seed=4, images=1, classes=3, truths=300, detections=6000, levels=256, crowds=3, quarters=300, jitter=8),
    dict(name="one_picture", seed=5, images=1, classes=2, truths=4, detections=8, levels=64, crowds=0, quarters=400, jitter=8),
    dict(name="no_truths", seed=6, images=5, classes=3, truths=0, detections=5, levels=64, crowds=0, quarters=400, jitter=8),
    dict(name="no_areas", seed=7, images=20, classes=3, truths=5, detections=20, levels=16, crowds=20, quarters=3, jitter=0),
    dict(name="mostly_empty", seed=8, images=200, classes=40, truths=1, detections=1, levels=64, crowds=5, quarters=400, jitter=8),
    dict(name="many", seed=9, images=500, classes=20, truths=8, detections=40, levels=256, crowds=5, quarters=800, jitter=8),
]


def make(case):
    """Instances and results, in numbers that are exact in float64."""
    state = case["seed"]

    def draw(below):
        nonlocal state
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64  # Knuth, MMIX
        return (state >> 33) % below

    image_ids = [(i * 7919 + 13) % 1000003 for i in range(case["images"])]  # neither dense nor in order
    category_ids = [k * k + 1 for k in reversed(range(case["classes"]))]
    truths, detections = [], []
    for image_id in image_ids:
        own = []
        for _ in range(draw(case["truths"] + 1)):
            k = draw(case["classes"])
            box = [draw(800) / 4, draw(800) / 4, draw(case["quarters"]) / 4, draw(case["quarters"]) / 4]
            crowd = int(draw(100) < case["crowds"])
            if k > 0:  # class 0 has detections only
                own.append((k, box))
                truths.append(dict(id=len(truths) + 1, image_id=image_id, category_id=k * k + 1, bbox=box, area=box[2] * box[3] * 0.75, iscrowd=crowd))
        for _ in range(draw(case["detections"] + 1)):
            k = draw(case["classes"])
            box = [draw(800) / 4, draw(800) / 4, draw(case["quarters"]) / 4, draw(case["quarters"]) / 4]
            if own and draw(4) > 0:
                near, around = own[draw(len(own))]
                if draw(5) > 0:
                    k = near
                box = [value + (draw(2 * case["jitter"] + 1) - case["jitter"]) / 4 for value in around]
            detections.append(dict(image_id=image_id, category_id=k * k + 1, bbox=box, score=draw(case["levels"]) / case["levels"]))
    n = len(detections)
    detections = [detections[i * 7919 % n] for i in range(n)] if n % 7919 else detections  # those of a picture are not together
    images = [dict(id=i, width=300, height=300, file_name=f"{i}.jpg") for i in image_ids]
    return dict(images=images, categories=[dict(id=i, name=f"class {i}") for i in category_ids], annotations=truths), detections


def fnv1a(data):
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return value


def scored(instances, results):
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO(str(instances))
        scores = COCOeval(truth, truth.loadRes(str(results)), "bbox")
        scores.evaluate()
        scores.accumulate()
        scores.summarize()
    return scores


def check(fovea, name, instances, results):
    expected = [float(value) for value in scored(instances, results).stats]
    command = [fovea, "eval", "--detections", str(results), "--annotations", str(instances), "--json"]
    printed = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    found = [-1.0 if printed[key] is None else printed[key] for key in KEYS]
    print(f"{name}: {'equal' if found == expected else f'DIFFERENT: pycocotools {expected}, Fovea {found}'}")
    return found == expected


def main():
    with tempfile.TemporaryDirectory() as folder:
        instances, results = pathlib.Path(folder) / "instances.json", pathlib.Path(folder) / "results.json"
        goldens, is_equal = [], True
        for case in CASES:
            for path, content in zip((instances, results), make(case)):
                path.write_text(json.dumps(content))
            if sys.argv[1:2] == ["--check"]:
                is_equal &= check(sys.argv[2], case["name"], instances, results)
                continue
            scores = scored(instances, results)
            hashes = {key: f"{fnv1a(np.ascontiguousarray(scores.eval[key]).tobytes()):016x}" for key in ("precision", "recall")}
            goldens.append(case | {"numbers": [float(value).hex() for value in scores.stats]} | hashes)
        if len(sys.argv) == 5:
            is_equal &= check(sys.argv[2], sys.argv[4], sys.argv[3], sys.argv[4])
    if goldens:
        (pathlib.Path(__file__).parent / "coco.json").write_text("[" + ",\n ".join(json.dumps(golden) for golden in goldens) + "]\n")
    return 0 if is_equal else 1


sys.exit(main())
