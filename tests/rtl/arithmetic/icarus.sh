#!/bin/bash
# icarus.sh VECTORS MODULE FOLDER: writes the module's vectors with the program VECTORS and runs the bench on them.
set -euo pipefail
vectors=$1 module=$2 folder=$3
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
mkdir -p "$folder"
"$vectors" "$module" "$folder"
iverilog -g2012 -s bench -o "$folder/$module.vvp" -DHEADER="\"$folder/$module.vh\"" \
  -y "$here/../../../rtl/arithmetic" "$here/bench.v"
output=$(vvp -n "$folder/$module.vvp")
echo "$output"
grep -qx PASSED <<<"$output"
