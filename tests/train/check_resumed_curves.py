#!/usr/bin/env python3
"""Stops and continues a training, then reads its event files with TensorBoard: every step must stand there once.

    tests/train/check_resumed_curves.py PROGRAM        exit code 77: tensorboard is not installed (the test is skipped)
"""
import pathlib
import subprocess
import sys
import tempfile

try:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
except ImportError:
    print("tensorboard is not installed: skipped")
    sys.exit(77)

STEPS, KILLED_AFTER = 8, 5


def command(program, run):
    return [program, "train", "resnet18-small", "--data", "synthetic:classes=2,train=16,val=4,size=16", "--run-dir", str(run), "--steps", str(STEPS),
            "--set", "data.image_size=16", "--set", "data.eval_resize=16", "--set", "data.threads=1", "--set", "train.batch_size=4",
            "--set", "train.precision=float32", "--set", "train.log_every=1steps", "--set", "train.save_every=3steps", "--set", "train.eval_every=2steps"]


def main():
    with tempfile.TemporaryDirectory() as folder:
        run = pathlib.Path(folder) / "run"
        # The first session is killed after step 5; the last checkpoint is that of step 3 (or 4, when that evaluation was the best): steps after it are written twice.
        child = subprocess.Popen(command(sys.argv[1], run), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for line in child.stdout:
            if f" step {KILLED_AFTER}/{STEPS} " in line:
                child.kill()
                break
        child.stdout.close()
        child.wait()
        subprocess.run(command(sys.argv[1], run), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        lines = [line for line in (run / "metrics.jsonl").read_text().splitlines() if '"kind":"train"' in line]
        files = sorted(path.name for path in run.glob("events.out.tfevents.*"))
        events = EventAccumulator(str(run), size_guidance={"scalars": 0})
        events.Reload()
        steps = [event.step for event in events.Scalars("train/loss")]
        evaluations = [event.step for event in events.Scalars("val/top1")]
    print(f"{len(lines)} lines about steps were written in {len(files)} sessions; TensorBoard shows train/loss at {steps}, val/top1 at {evaluations}")
    if len(lines) <= STEPS or len(files) != 2:
        sys.exit("FAILED: no step was written twice, so nothing was tested")
    if steps != list(range(1, STEPS + 1)) or evaluations != list(range(2, STEPS + 1, 2)):
        sys.exit("FAILED: a step is missing or stands there twice")


if __name__ == "__main__":
    main()
