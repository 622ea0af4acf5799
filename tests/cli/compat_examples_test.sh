#!/usr/bin/env bash
# Runs every example command of the reference's document, as docs/migrating.md lists them, on small pictures: what its column "outcome" says is
# claimed here. Later values of a flag or variable win, so that a batch of 4 and 2 steps are appended (SSD: 1 and 1). Usage: compat_examples_test.sh
# PROGRAM PAGE
set -u
fovea=$(readlink -f "$1")
page=$(readlink -f "$2")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
export OMP_NUM_THREADS=1 OMP_WAIT_POLICY=passive HOME=$work
failures=0

complain() {
  echo "FAILED: $1"
  failures=$((failures + 1))
}

"$fovea" data demo demo --train 16 --val 8 --size 40 >/dev/null || exit 1

# COCO's form, as the reference's script leaves it.
"$fovea" data demo boxes --boxes --train 8 --val 8 >/dev/null || exit 1
mkdir -p coco/raw-data/annotations
mv boxes/pictures/train coco/raw-data/train2017 && mv boxes/pictures/val coco/raw-data/val2017
for split in train val; do mv boxes/pictures/instances_$split.json coco/raw-data/annotations/instances_${split}2017.json; done
picture=$(find coco/raw-data/val2017 -type f | head -n 1)
raw=/path/to/coco/raw-data

# The form of ImageNet's folders: WordNet ids, validation pictures in one folder with a list of their ids.
mkdir -p raw/img_val
id=1
for class in demo/pictures/train/*; do
  name=$(printf 'n%08d' $id)
  mkdir -p "raw/img_train/$name" && cp "$class"/* "raw/img_train/$name/"
  for each in "demo/pictures/val/$(basename "$class")"/*; do
    cp "$each" "raw/img_val/val_${name}_$(basename "$each")" && echo "$name" >>raw/synset_labels.txt
  done
  id=$((id + 1))
done

# The shipped files, as the page shows them.
for config in resnet_estimator_default.yaml resnet_keras_default.yaml ssd_resnet34_default.yaml; do
  sed -n "/^# $config\$/,/^\`\`\`\$/p" "$page" | grep -v '^```$' |
    sed -e "s|/path/to/imagenet/tf_records|$work/demo/records|; s|model_dir: /tmp.*|model_dir: $work/$config.run|; s/batch_size: .*/batch_size: 4/; s/train_steps: .*/train_steps: 2/" \
      -e "s|/path/to/coco/tf_records|$work/coco|; s|/path/to/ssd_r34-mlperf|$work/ssd|" >"$config"
  [ -s "$config" ] || complain "$page does not show $config"
done
echo "  max_train_steps: 2" >>resnet_estimator_default.yaml
sed -i 's/batch_size: .*/batch_size: 1/; $a\  steps: 1' ssd_resnet34_default.yaml

run=0
# "| `COMMAND` | ...": the command of each example
sed -n '/^## Example commands/,/^## The YAML/p' "$page" | sed -n 's/^| `\([^`]*\)` | `fovea .*/\1/p' >commands.txt
while read -r line; do
  run=$((run + 1))
  before=${line%%./demo_resnet_hvd.sh*} # its assignments, or all of another line
  read -r -a words <<<"${line//$raw/coco/raw-data}"
  sizes=(FOVEA_DATA_IMAGE_SIZE=32 FOVEA_DATA_EVAL_RESIZE=36) # seconds instead of minutes
  case $line in
    *create_coco_tf_record.py*/train\ *) words+=(--output_file_prefix=coco/train --num_shards=2) ;;
    *create_coco_tf_record.py*) words+=(--output_file_prefix=coco/val --num_shards=1) ;;
    *"--mode eval"*) words+=(-b 1 --model_dir ssd --data_dir coco) ;;
    *--inference*) words+=(--model_dir ssd --inference "$picture") ;;
    *ssd.py*)
      words+=(-b 1 -s 1 --data_dir coco)
      case $line in
        *--use_horovod=*) words+=(--use_horovod=2) ;;
        *--hvd_workers*) words+=(--hvd_workers 2) ;;
        *--profile*) words+=(--profile 1,1) ;;
      esac
      # the first begins with random weights, the others with its backbone
      if [ -e ssd ]; then words+=(--resnet_checkpoint ssd --model_dir "run-$run"); else words+=(--resnet_checkpoint= --model_dir ssd); fi
      ;;
    ./demo_resnet* | ./demo_keras_resnet*) words+=(-b 4 -s 2 -e 1 -a demo/records -m "run-$run") ;;
    *./demo_resnet_hvd.sh*)
      read -r -a words <<<"$before IMAGENET_DIR=demo/records BATCH_SIZE=4 NUM_WORKERS_PER_HLS=2 TRAIN_STEPS=2 HOME=$work/home-$run ${line#"$before"}"
      ;;
    *preprocess_imagenet.py*) words+=(--raw_data_dir=raw --local_scratch_dir=raw/tf_records) ;;
  esac
  case $line in *ssd*) sizes=() ;; esac # it has one size, 300
  if env "${sizes[@]}" "$fovea" compat "${words[@]}" >out.txt 2>err.txt </dev/null; then
    echo "$line: $(grep -c . err.txt) lines, $(tail -n 1 err.txt)"
  else
    complain "$line: exit code $?: $(tail -n 3 err.txt)"
  fi
done <commands.txt

[ "$run" -ge 38 ] || complain "only $run examples were found in $page"
[ -s True.onnx ] || complain "export_dir: True of resnet_estimator_default.yaml gave no True.onnx"
ls ssd/inference/*.png >/dev/null || complain "--inference drew no picture"
ls ssd/checkpoints/step-* >/dev/null || complain "ssd.py saved nothing"
ls run-*/profile/steps-1-1/summary.txt >/dev/null || complain "--profile of ssd.py gave no summary"
ls raw/tf_records/img_train/img_train-*-of-* >/dev/null || complain "preprocess_imagenet.py wrote no records"
[ "$failures" = 0 ] && echo "$run examples ran"
exit $((failures > 0))
