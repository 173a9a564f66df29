#!/bin/bash
# prove.sh MODULE FOLDER [PARAMETER=VALUE...] [--depth N] [--induction N] [--fault 's/.../.../']: Yosys and z3 prove the
# properties of MODULE.svh, which are put at the end of the module: in the first N cycles from a reset on, and by induction
# over N cycles in all others. PE functions and banks give any words. With a fault in the module's source there must be a
# counterexample.
set -euo pipefail
module=$1 folder=$2
shift 2
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
rtl=$here/../../../rtl
parameters='' depth=8 induction=2 fault=''
while (($# > 0)); do
  case $1 in
    --fault) fault=$2 && shift ;;
    --depth) depth=$2 && shift ;;
    --induction) induction=$2 && shift ;;
    *) parameters+="chparam -set ${1%=*} ${1#*=} $module; " ;;
  esac
  shift
done

rm -rf "$folder"
mkdir -p "$folder/sources" "$folder/plain"
cp "$rtl"/array/*.sv "$rtl"/memory/bank.sv "$rtl"/sequencer/*.sv "$folder/sources"
source=$folder/sources/$module.sv
if [[ -n $fault ]]; then
  cp "$source" "$folder/right.sv"
  sed -i "$fault" "$source"
  ! cmp -s "$source" "$folder/right.sv" || { echo "the fault changes nothing" && exit 1; }
fi
sed -i '/^endmodule/d' "$source"
cat "$here/$module.svh" >>"$source"
echo endmodule >>"$source"

cd "$folder"
others=$(find sources -name '*.sv' ! -name '*_pkg.sv' | sort | tr '\n' ' ')
# shellcheck disable=SC2086
/usr/bin/python3 "$rtl/synthesis/plain.py" plain sources/*_pkg.sv $others
units=$(basename -s .v -a "$rtl"/arithmetic/*.v | sed 's/^/t:/' | tr '\n' ' ')
# Module's own assertions are about their inputs, too; SYNTHESIS leaves them out.
yosys -q -p "read_verilog -sv $rtl/arithmetic/*.v; blackbox; read_verilog -formal -DSYNTHESIS -sv plain/*_pkg.sv \
  ${others//sources/plain}; ${parameters}prep -top $module; flatten; select -set any $units t:bank; delete @any; \
  select -set cone t:\$assert t:\$assume %u %ci*; delete c:* @cone %d; setundef -undriven -anyseq; opt_clean; \
  write_smt2 -wires $module.smt2"
found=PASSED
for step in "-t $depth" "-i -t $induction"; do
  # shellcheck disable=SC2086
  yosys-smtbmc -s z3 --noprogress $step "$module.smt2" >>proof.log || found=FAILED
  [[ $found == PASSED || -z $fault ]] || break
done
grep -E 'Status|Assert failed' proof.log
[[ $found == "$([[ -n $fault ]] && echo FAILED || echo PASSED)" ]]
