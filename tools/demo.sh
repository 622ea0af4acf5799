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
say "to look at"
echo "report page     $demo/run/report.html"
echo "picture sheet   $demo/predictions/sheet.png"
