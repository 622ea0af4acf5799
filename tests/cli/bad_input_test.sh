#!/usr/bin/env bash
# Bad input given to the built program, as a user would give it: exit code, message, a last line "try: ...", nothing left behind.
# The table with all messages is docs/bad-input.md; what needs no process is tested in *_test.cpp. Usage: bad_input_test.sh PROGRAM
set -u
fovea=$(readlink -f "$1")
weights=$(readlink -f "$(dirname "$0")/../goldens/torch")
tensorflow=$(readlink -f "$(dirname "$0")/../goldens/tf_bundle")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
export OMP_NUM_THREADS=1 OMP_WAIT_POLICY=passive  # with a policy of its own the program does not start itself again
failures=0

complain() {
  echo "FAILED: $1"
  failures=$((failures + 1))
}

# refused CODE TEXT COMMAND...: the exit code, TEXT in the message, and what to try as the last line
refused() {
  local code=$1 text=$2
  shift 2
  "$fovea" "$@" >out.txt 2>err.txt
  local found=$?
  [ "$found" = "$code" ] || complain "fovea $*: exit code $found, expected $code: $(tail -n 3 err.txt)"
  grep -qF -- "$text" err.txt || complain "fovea $*: no \"$text\" in: $(cat err.txt)"
  tail -n 1 err.txt | grep -q '^\(..:..:.. \)\?try: ' || complain "fovea $*: the last line is not \"try: ...\": $(tail -n 1 err.txt)"
}

# accepted COMMAND...
accepted() {
  "$fovea" "$@" >out.txt 2>err.txt || complain "fovea $*: $(tail -n 3 err.txt)"
}

absent() {
  [ ! -e "$1" ] || complain "$1 was left behind"
}

# flip FILE OFFSET: changes one byte
flip() {
  local byte
  byte=$(od -An -tu1 -j "$2" -N 1 "$1")
  printf "\\x$(printf %x $((byte ^ 4)))" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

accepted data demo shapes --train 32 --val 16 --size 32
data=shapes/pictures
tiny="train tiny-resnet18 --data $data --set data.image_size=32"
accepted $tiny --run-dir run --epochs 1 --set train.batch_size=16
records() { cp -r shapes/records "$1"; }
pictures() { cp -r shapes/pictures "$1"; }

# the command line
refused 2 '--data is required' train tiny-resnet18
refused 2 'fovea recipes list' train --data $data
refused 2 'optim.lrr is not known' $tiny --run-dir r1 --set optim.lrr=1
refused 2 'expected number, found "abc"' $tiny --run-dir r1 --set optim.lr=abc
refused 2 'device "gpu" is not known' $tiny --run-dir r1 --device gpu
refused 2 'there is no program "demo_resnt"' compat demo_resnt
refused 2 'the flag --batchsize is not known; did you mean "--batch-size"?' compat demo_resnet --batchsize 4
refused 2 'gives records without a box' compat create_coco_tf_record.py --image_dir=d --caption_annotations_file=captions_train2017.json
refused 2 '--annotations and --split go together' data convert coco "$data" out --split train
refused 2 'are for coco, not for folder' data convert folder "$data" out --split train --annotations x.json
refused 2 '--val-shards is of the other split' data convert coco "$data" out --split train --annotations x.json --val-shards 2
refused 2 '--clean=true: Fovea deletes nothing' compat imagenet_main.py --clean
printf 'model: resnet_keras\nparamters: {batch_size: 4}\n' >runner.yaml
refused 78 'runner.yaml:2: paramters is not known; did you mean "parameters"?' compat habana_model_runner.py --model resnet_keras --hb_config runner.yaml
printf 'optim:\n  lrr: 1\n' >wrong.yaml
refused 78 'wrong.yaml:2' $tiny --run-dir r1 -c wrong.yaml
refused 78 'train.batch_size is 1000, but there are only 32 pictures' $tiny --run-dir r1 --batch-size 1000
refused 66 'there is no folder "nowhere"' train tiny-resnet18 --data nowhere --run-dir r1
mkdir empty
refused 65 'no data set recognised in "empty"' train tiny-resnet18 --data empty --run-dir r1
absent r1

refused 2 '--batch excludes --explain-precision' model resnet18 --explain-precision --batch 2

# folders that are not ours
mkdir theirs
echo text >theirs/notes.txt
refused 73 'holds no run of Fovea' $tiny --run-dir theirs
[ "$(ls -A theirs)" = notes.txt ] || complain "something was written into a folder of somebody else's"
refused 73 'is a file' $tiny --run-dir theirs/notes.txt
refused 73 'is not an empty folder' data demo theirs

# records
records cut
truncate -s -100 cut/train-00000-of-00001
refused 65 'the file ends inside the record' train tiny-resnet18 --data cut --run-dir r1
records length
flip length/train-00000-of-00001 8
refused 65 'record 0 at byte 0: length CRC is' train tiny-resnet18 --data length --run-dir r1
refused 65 'record 0 at byte 0: length CRC is' data check length
absent r1
records bits
flip bits/train-00000-of-00001 2000
refused 65 'data CRC is' train tiny-resnet18 --data bits --run-dir bits_run --batch-size 16

# pictures
pictures text
echo 'no picture' >text/train/bar/0000.jpg
refused 65 'text/train/bar/0000.jpg: not a JPEG or PNG picture' data convert folder text text_records
refused 65 'neither a run' predict empty "$data"
pictures uneven
mv uneven/val/bar uneven/val/stick
refused 65 'does not have: stick; it lacks bar' train tiny-resnet18 --data uneven --run-dir r1
pictures alone
rm -r alone/val
refused 66 'has no validation pictures' train tiny-resnet18 --data alone --run-dir made/for/r1
absent made
accepted train tiny-resnet18 --data alone --run-dir alone_run --steps 1 --eval-every none --set train.batch_size=16 --set data.image_size=32
pictures subset
rm -r subset/val/bar
accepted train tiny-resnet18 --data subset --run-dir subset_run --steps 1 --set train.batch_size=16 --set data.image_size=32
grep -q 'validation has no pictures of 1 of the training classes: bar' err.txt || complain "no warning about a class without validation pictures"
pictures bare
rm bare/train/bar/*
refused 65 'has no JPEG or PNG pictures' train tiny-resnet18 --data bare --run-dir r1
accepted data convert folder text text_skipped --on-corrupt skip
grep -q 'left out: text/train/bar/0000.jpg' out.txt || complain "the picture that was left out is not named"
refused 65 'not a JPEG or PNG picture' predict run text/train/bar/0000.jpg "$data/val/bar"
grep -q "$data/val/bar" out.txt || complain "the good pictures were not predicted beside the bad one"
refused 66 'nothing is called "none*.png"' predict run 'none*.png'
refused 66 'there is no picture (by its name a JPEG or PNG) below' predict run empty
cp "$data/val/bar/0000.jpg" $'line\nbreak ä.jpg'
accepted predict run $'line\nbreak ä.jpg'
grep -qF 'line\nbreak ä.jpg' out.txt || complain "a line break in a name broke the table"
accepted data demo large --train 8 --val 8 --size 256
head -c -100 large/pictures/val/bar/0000.jpg >short.jpg  # only rows below the middle, which is all that evaluation reads, are missing
accepted predict run short.jpg --out predicted
grep -q '^warning: .*short.jpg: JPEG picture is damaged' err.txt || complain "predict does not say why a picture is not on the sheet: $(cat err.txt)"
[ -s predicted/sheet.png ] || complain "one damaged picture left predict without its sheet"

# names that are not UTF-8, in JSON
pictures $'bad\xff'
accepted data check $'bad\xff' --json
grep -qF $'bad\xef\xbf\xbd' out.txt || complain "data check --json does not show a name that is not UTF-8 with U+FFFD"
cp -r run $'run\xff'
accepted checkpoint list $'run\xff' --json
grep -qF $'run\xef\xbf\xbd' out.txt || complain "checkpoint list --json does not show a name that is not UTF-8 with U+FFFD"

# checkpoints
checkpoint=$(echo run/checkpoints/step-*)
half() { rm -rf half && cp -r "$checkpoint" half; }
half && truncate -s 100000 half/model.safetensors
refused 65 'the manifest says' eval half
half && flip half/model.safetensors 500000
refused 65 'has checksum' eval half
half && rm half/manifest.json
refused 65 'manifest.json' eval half
cp -r run torn && echo '{' >"torn/checkpoints/$(basename "$checkpoint")/manifest.json"
"$fovea" checkpoint verify torn >out.txt 2>err.txt
[ $? = 65 ] || complain "a checkpoint without a readable manifest was overlooked"
grep -q 'manifest.json: ' out.txt || complain "checkpoint verify does not say what is wrong: $(cat out.txt)"
cp -r run halved && truncate -s 100000 "halved/checkpoints/$(basename "$checkpoint")/model.safetensors"
"$fovea" eval halved --all >out.txt 2>err.txt
[ $? = 65 ] || complain "eval --all with a damaged checkpoint: $(cat err.txt)"
accepted checkpoint list halved
grep -q "$(basename "$checkpoint") .*DAMAGED" out.txt || complain "checkpoint list does not mark a file that was cut: $(cat out.txt)"
refused 65 'has 100000 bytes' eval halved
grep -q 'try: --latest' err.txt || complain "a damaged best checkpoint: no way out: $(cat err.txt)"
"$fovea" eval halved --all >out.txt 2>err.txt
grep -q 'damaged' out.txt || complain "eval --all does not mark a damaged checkpoint: $(cat out.txt)"
accepted eval run/checkpoints/latest
accepted checkpoint verify run/checkpoints/best-top1
refused 65 'no checkpoint of torn can be read' $tiny --run-dir torn --epochs 1 --set train.batch_size=16
refused 65 'is a file' eval "$checkpoint/model.safetensors"
refused 66 'there is no "nowhere"' checkpoint verify nowhere
pictures fewer
rm -r fewer/train/bar fewer/val/bar
refused 65 'the network has 8 outputs, but the data has 7 classes' eval run --data fewer
refused 78 'was begun with other settings' $tiny --run-dir run --epochs 1 --set train.batch_size=16 --lr 0.01

# detections and annotations
echo '{"images": [{"id": 139}], "categories": [{"id": 1, "name": "a"}], "annotations": [{"id": 7, "image_id": 139, "category_id": 1, "bbox": [1, 2, 30, 40]}]}' >i.json
echo '[{"image_id": 139, "category_id": 1, "bbox": [1, 2, 30, 40], "score": 0.5}]' >r.json
scores() { echo eval --detections "$1" --annotations "$2"; }
accepted $(scores r.json i.json)
head -c 40 r.json >cut.json
refused 65 'the JSON is cut short: it ends at byte 40' $(scores cut.json i.json)
refused 65 'found an object, as instances files have' $(scores i.json i.json)
refused 65 'found an array, as results files have' $(scores r.json r.json)
sed 's/139/140/' r.json >other.json
refused 65 'of which 1 is not in "i.json": image_id 140' $(scores other.json i.json)
refused 66 'nowhere.json' $(scores nowhere.json i.json)
refused 2 'excludes' $(scores r.json i.json) run

# weights from elsewhere
refused 65 'it holds a Python object "argparse.Namespace"' $tiny --run-dir r2 --init "$weights/namespace.pth"
refused 65 'before PyTorch 1.6' $tiny --run-dir r2 --init "$weights/legacy.pth"
refused 65 'is a TorchScript program' $tiny --run-dir r2 --init "$weights/script.pt"
refused 65 'is no file of weights' $tiny --run-dir r2 --init theirs/notes.txt
refused 65 "only 0 of the backbone's 100 tensors" $tiny --run-dir r2 --init "$weights/training.pth"
refused 66 'there is no "nowhere.pth"' $tiny --run-dir r2 --init nowhere.pth:backbone
accepted checkpoint convert run w.pth
accepted checkpoint convert run w.safetensors
refused 73 'exists already' checkpoint convert run w.pth
refused 2 '"backbon" is no part of a network; did you mean "backbone"?' $tiny --run-dir r2 --init w.pth:backbon
head -c 1000000 w.pth >cut.pth
refused 65 'its table is missing; the file is cut short' $tiny --run-dir r2 --init cut.pth
cp w.pth bit.pth && flip bit.pth 5000000
refused 65 'the checksum of' $tiny --run-dir r2 --init bit.pth
absent r2
accepted $tiny --run-dir tuned --init run:backbone --steps 1 --set train.batch_size=16 --set 'optim.train_only=[fc.*]'
grep -q '100/100 tensors; the head is new' tuned/init.txt || complain "init.txt does not say what was loaded: $(head -3 tuned/init.txt)"
refused 78 'was begun with other settings' $tiny --run-dir tuned --init w.pth --steps 1 --set train.batch_size=16 --set 'optim.train_only=[fc.*]'
refused 2 '--recipe is needed' checkpoint convert "$weights/training.pth" own
refused 2 'ends in none of .safetensors, .pth, .pt and .ckpt' checkpoint convert w.pth w.h5
refused 65 'was saved without checksums' $tiny --run-dir r2 --init "$weights/unchecked.pth"
grep -q 'set_crc32_options(True)' err.txt || complain "no way out of a file without checksums: $(cat err.txt)"
refused 65 'is a file' eval w.pth
grep -q 'fovea checkpoint convert w.pth' err.txt || complain "eval of a .pth does not say how: $(cat err.txt)"
refused 65 'is a file' checkpoint verify w.pth

# checkpoints of TensorFlow
refused 65 'tensor "w" is a partitioned variable' $tiny --run-dir r2 --init "$tensorflow/partitioned"
refused 65 'it is one of Keras or tf.train.Checkpoint' $tiny --run-dir r2 --init "$tensorflow/objects-1"
refused 65 "only 0 of the backbone's 100 tensors" $tiny --run-dir r2 --init "$tensorflow:backbone"
refused 65 'is a checkpoint of TensorFlow' eval "$tensorflow"
grep -q 'fovea checkpoint convert' err.txt || complain "eval of a checkpoint of TensorFlow does not say how: $(cat err.txt)"
accepted checkpoint convert run out.ckpt-7
refused 73 'exists already' checkpoint convert run out.ckpt-7
accepted checkpoint verify out.ckpt-7 "$tensorflow"
accepted checkpoint list out.ckpt-7
grep -q '^resnet_model/conv2d/kernel .* conv1.weight$' out.txt || complain "checkpoint list does not say which tensor is which: $(head -3 out.txt)"
accepted checkpoint convert out.ckpt-7 own --recipe tiny-resnet18
rm -r own
flip out.ckpt-7.data-00000-of-00001 5000000
refused 65 'the checksum of the tensor at byte' $tiny --run-dir r2 --init out.ckpt-7
"$fovea" checkpoint verify out.ckpt-7 >out.txt 2>err.txt
[ $? = 65 ] && grep -q 'out.ckpt-7: damaged' out.txt || complain "checkpoint verify does not see a flipped bit of a tensor: $(cat out.txt err.txt)"
head -c 1000 out.ckpt-7.index >short.index && mv short.index out.ckpt-7.index
refused 65 'is not a whole table of a TensorFlow checkpoint' $tiny --run-dir r2 --init out.ckpt-7
rm out.ckpt-7.data-00000-of-00001 && cp "$tensorflow/model.ckpt-7.index" out.ckpt-7.index
refused 66 'cannot open' $tiny --run-dir r2 --init out.ckpt-7
absent r2
head -c 1000000 w.safetensors >cut.safetensors
refused 65 'is not a whole safetensors file' checkpoint convert cut.safetensors own
grep -q 'download the file again' err.txt || complain "the advice for a cut file is for something else: $(cat err.txt)"
refused 2 'is no checkpoint of fovea' checkpoint convert w.pth other.pth --weights ema
absent other.pth
echo one >names.txt
refused 65 'has 8 outputs, but the list has 1 class name' checkpoint convert w.pth own --recipe tiny-resnet18 --classes names.txt
absent own
printf 'a\n\nc\n' >names.txt
refused 65 'names.txt:2: there is no name in this line' checkpoint convert w.pth own --classes names.txt
printf 'a\nb\na\n' >names.txt
refused 65 'names.txt:3: "a" stands in line 1 already' checkpoint convert w.pth own --classes names.txt
absent own
accepted checkpoint convert w.pth knows
accepted eval knows --data "$data"
accepted checkpoint convert w.pth own --recipe tiny-resnet18
refused 2 'so --data is needed' eval own
accepted predict own "$data/val/bar/0000.jpg"

# output that cannot be written
echo mine >mine.onnx
refused 73 '"mine.onnx" exists' export run -o mine.onnx
[ "$(cat mine.onnx)" = mine ] || complain "export replaced a file unasked"
printf 'title: mine\n' >theirs/config.yaml
for file in mine.html mine.png theirs/sheet.png theirs/per_class.csv theirs/report.html; do echo mine >"$file"; done
refused 73 '"mine.html" exists' report run --out mine.html
refused 73 '"mine.png" exists' data show "$data" --out mine.png
refused 73 '"theirs/sheet.png" exists' predict run "$data/val/bar" --out theirs
refused 73 '"theirs/per_class.csv" exists' eval run --out theirs
refused 73 '"theirs/report.html" exists' report theirs
for file in mine.html mine.png theirs/sheet.png theirs/per_class.csv theirs/report.html; do
  [ "$(cat "$file")" = mine ] || complain "$file was replaced unasked"
done
[ "$(ls theirs)" = "$(printf '%s\n' config.yaml notes.txt per_class.csv report.html sheet.png)" ] || complain "something was written beside files of somebody else: $(ls theirs)"
rm theirs/config.yaml
accepted report run --out mine.html --force
accepted report run
accepted report run
refused 73 '"empty" is a folder or a device' report run --out empty --force
refused 73 '"/dev/null" is a folder or a device' report run --out /dev/null --force
refused 73 'there is no folder "nowhere"' export run -o nowhere/model.onnx
refused 2 'does not end in .onnx' export run -o model.txt
mkdir folder.onnx
refused 73 'is a folder or a device' export run -o folder.onnx --force
[ -z "$(ls -A folder.onnx)" ] || complain "export left something in a folder"
"$fovea" recipes list >/dev/full 2>err.txt
[ $? = 74 ] || complain "a full disk behind standard output was not noticed"

[ "$failures" = 0 ] && echo "all refused as documented"
exit "$failures"
