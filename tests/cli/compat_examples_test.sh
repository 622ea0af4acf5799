#!/usr/bin/env bash
# Runs every example command of the reference's document, as docs/migrating.md lists them, on small pictures: what its column "outcome" says is
# claimed here. Later values of a flag or variable win, so that a batch of 4 and 2 steps are appended. Usage: compat_examples_test.sh PROGRAM PAGE
set -u
fovea=$(readlink -f "$1")
page=$(readlink -f "$2")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
export OMP_NUM_THREADS=1 OMP_WAIT_POLICY=passive HOME=$work
export FOVEA_DATA_IMAGE_SIZE=32 FOVEA_DATA_EVAL_RESIZE=36  # seconds instead of minutes
failures=0

complain() {
  echo "FAILED: $1"
  failures=$((failures + 1))
}

"$fovea" data demo demo --train 16 --val 8 --size 40 >/dev/null || exit 1

# The form of ImageNet's folders: WordNet ids, validation pictures in one folder with a list of their ids.
mkdir -p raw/img_val
id=1
for class in demo/pictures/train/*; do
  name=$(printf 'n%08d' $id)
  mkdir -p "raw/img_train/$name" && cp "$class"/* "raw/img_train/$name/"
  for picture in "demo/pictures/val/$(basename "$class")"/*; do
    cp "$picture" "raw/img_val/val_${name}_$(basename "$picture")" && echo "$name" >>raw/synset_labels.txt
  done
  id=$((id + 1))
done

# The shipped files, as the page shows them.
for config in resnet_estimator_default.yaml resnet_keras_default.yaml; do
  sed -n "/^# $config\$/,/^\`\`\`\$/p" "$page" | grep -v '^```$' |
    sed -e "s|/path/to/imagenet/tf_records|$work/demo/records|; s|model_dir: /tmp|model_dir: $work/$config.run|; s/batch_size: .*/batch_size: 4/; s/train_steps: .*/train_steps: 2/" >"$config"
  [ -s "$config" ] || complain "$page does not show $config"
done
echo "  max_train_steps: 2" >>resnet_estimator_default.yaml

run=0
# "| `COMMAND` | ...": the command of each example
sed -n '/^## Example commands/,/^## The YAML/p' "$page" | sed -n 's/^| `\([^`]*\)` | `fovea .*/\1/p' >commands.txt
while read -r line; do
  run=$((run + 1))
  before=${line%%./demo_resnet_hvd.sh*} # its assignments, or all of another line
  read -r -a words <<<"$line"
  case $line in
    ./demo_resnet* | ./demo_keras_resnet*) words+=(-b 4 -s 2 -e 1 -a demo/records -m "run-$run") ;;
    *./demo_resnet_hvd.sh*)
      read -r -a words <<<"$before IMAGENET_DIR=demo/records BATCH_SIZE=4 NUM_WORKERS_PER_HLS=2 TRAIN_STEPS=2 HOME=$work/home-$run ${line#"$before"}"
      ;;
    *preprocess_imagenet.py*) words+=(--raw_data_dir=raw --local_scratch_dir=raw/tf_records) ;;
  esac
  if "$fovea" compat "${words[@]}" >out.txt 2>err.txt </dev/null; then
    echo "$line: $(grep -c . err.txt) lines, $(tail -n 1 err.txt)"
  else
    complain "$line: exit code $?: $(tail -n 3 err.txt)"
  fi
done <commands.txt

[ "$run" -ge 27 ] || complain "only $run examples were found in $page"
[ -s True.onnx ] || complain "export_dir: True of resnet_estimator_default.yaml gave no True.onnx"
ls raw/tf_records/img_train/img_train-*-of-* >/dev/null || complain "preprocess_imagenet.py wrote no records"
[ "$failures" = 0 ] && echo "$run examples ran"
exit $((failures > 0))
