#!/usr/bin/env bash
# The whole way on data that it makes itself: shapes, training, evaluation, prediction, report. usage: tools/demo.sh FOVEA FOLDER
set -euo pipefail
fovea=$1
demo=$2

say() { printf '\n== %s\n' "$*"; }
say "a small data set of shapes, as pictures and as TFRecords: $demo/data"
[ -d "$demo/data/records" ] || "$fovea" data demo "$demo/data"
say "training a small ResNet on it; Ctrl-C saves, the same command continues"
"$fovea" train tiny-resnet18 --data "$demo/data/records" --run-dir "$demo/run"
say "evaluation: every validation picture once"
"$fovea" eval "$demo/run"
say "prediction on a few pictures"
mapfile -t pictures < <(find "$demo/data/pictures/val" -name '000[0-2].*' | sort)
"$fovea" predict "$demo/run" "${pictures[@]}" --top 2 --out "$demo/predictions" --force

say "shapes with boxes, several in a picture: $demo/boxes"
[ -d "$demo/boxes/records" ] || "$fovea" data demo "$demo/boxes" --boxes --train 128 --val 32
say "training a small detector on them, from the ResNet's weights"
"$fovea" train tiny-ssd18 --data "$demo/boxes/records" --run-dir "$demo/boxes/run" --init "$demo/run:backbone"
say "evaluation: COCO's twelve numbers"
"$fovea" eval "$demo/boxes/run"
say "boxes drawn on a few pictures"
mapfile -t pictures < <(find "$demo/boxes/pictures/val" -name '000[0-5].*' | sort)
"$fovea" predict "$demo/boxes/run" "${pictures[@]}" --out "$demo/boxes/drawn" --force

say "to look at"
echo "report pages         $demo/run/report.html $demo/boxes/run/report.html"
echo "sheet of guesses     $demo/predictions/sheet.png"
echo "pictures with boxes  $demo/boxes/drawn"
