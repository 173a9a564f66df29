#!/bin/bash
# bench.sh MODULE FOLDER [PARAMETER=VALUE...] [-dNAME=VALUE...] [--bench FILE] [--fault 's/.../.../']: Icarus runs a bench,
# MODULE_bench.sv if none is named, on what Yosys writes of the module (rtl/synthesis/plain.py). With a fault in the
# module's source the bench must fail.
set -euo pipefail
module=$1 folder=$2
shift 2
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
rtl=$here/../../../rtl
rm -rf "$folder"
mkdir -p "$folder/sources" "$folder/plain"
cp "$rtl"/core.sv "$rtl"/array/*.sv "$rtl"/memory/*.sv "$rtl"/sequencer/*.sv "$folder/sources"

bench=${module}_bench parameters='' defines=("-DModule=$module") fault=''
while (($# > 0)); do
  case $1 in
    --fault) fault=$2 && shift ;;
    --bench) bench=$2 && shift ;;
    -d*) defines+=("-D${1#-d}") ;;
    *)
      parameters+="chparam -set ${1%=*} ${1#*=} $module; "
      defines+=("-D$1")
      ;;
  esac
  shift
done
if [[ -n $fault ]]; then
  sed -i "$fault" "$folder/sources/$module.sv"
  ! cmp -s "$folder/sources/$module.sv" "$rtl"/*/"$module.sv" || { echo "the fault changes nothing" && exit 1; }
fi

cd "$folder"
/usr/bin/python3 "$rtl/synthesis/plain.py" plain sources/*_pkg.sv $(find sources -name '*.sv' ! -name '*_pkg.sv')
yosys -q -p "read_verilog -sv $rtl/arithmetic/*.v plain/*_pkg.sv $(find plain -name '*.sv' ! -name '*_pkg.sv' | sort | tr '\n' ' ')
  ${parameters}hierarchy -check -top $module; proc; opt_clean; write_verilog -noattr $module.v"
packages=()
grep -q _pkg "$here/$bench.sv" && packages=(sources/*_pkg.sv)
iverilog -g2012 -I "$here" "${defines[@]}" -s "$bench" -o bench.vvp "${packages[@]}" "$module.v" \
  "$here/$bench.sv"
output=$(vvp -n bench.vvp)
echo "$output"
if [[ -n $fault ]]; then
  grep -q ^FAILED <<<"$output"
else
  grep -q ^PASSED <<<"$output"
fi
