# What ./simulate, ./validate and ./run-tests share: installing what is missing and building a preset.
# To be sourced; `root` is the repository. Nothing here writes to stdout.

say() { printf '%s\n' "$*" >&2; }

# install_packages KIND...: the packages of packages.txt that are not there yet, in one go.
install_packages() {
  command -v dpkg-query >/dev/null || return 0 # not Debian: cmake says what is missing
  local wanted installed missing=() package
  wanted=$(awk -v kinds=" $* " 'index(kinds, " " $1 " ") {print $2}' "$root/packages.txt")
  # shellcheck disable=SC2086
  installed=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' $wanted 2>/dev/null | awk '$2 == "installed" {print $1}')
  for package in $wanted; do
    grep -qx -- "$package" <<<"$installed" || missing+=("$package")
  done
  ((${#missing[@]})) || return 0
  local as_root=()
  if ((EUID != 0)); then
    if ! command -v sudo >/dev/null; then
      say "missing packages: ${missing[*]}; install them with: apt-get install ${missing[*]} (as root)"
      return 1
    fi
    as_root=(sudo)
  fi
  say "installing once: ${missing[*]}"
  mkdir -p "$root/build"
  local log=$root/build/install.log
  if ! { "${as_root[@]}" apt-get update &&
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}"; } \
    >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    say "installing failed; the whole log is $log"
    return 1
  fi
}

# build_preset PRESET [TARGET...]: configures and builds build/PRESET; the log is build/PRESET.log.
build_preset() {
  local preset=$1
  shift
  mkdir -p "$root/build"
  local log=$root/build/$preset.log
  say "building $preset (log: build/$preset.log) ..."
  if ! (cd "$root" && cmake --preset "$preset" && cmake --build --preset "$preset" ${1:+--target "$@"}) >"$log" 2>&1; then
    grep -E -A 8 'error|FAILED' "$log" | head -n 40 >&2 || tail -n 20 "$log" >&2
    say "the build failed; the whole log is $log"
    return 1
  fi
}

# is_current PRESET: succeeds where no source is newer than its last build.
is_current() {
  local preset=$1
  local stamp=$root/build/$preset/.built
  [[ -e $stamp && -x $root/build/$preset/simulate ]] || return 1
  [[ $preset == rtl || -x $root/build/$preset/validate ]] || return 1
  local newer
  newer=$(find "$root"/{common,arch,workloads,mapping,sim,rtl,validation} "$root/packages.txt" "$root/CMakeLists.txt" "$root/CMakePresets.json" \
    \( -name '*.cpp' -o -name '*.h' -o -name '*.v' -o -name '*.sv' -o -name '*.cmake' -o -name '*.txt' -o -name '*.json' -o -type d \) -newer "$stamp" -print -quit)
  [[ -z $newer ]]
}

# ensure_built PRESET KINDS TARGET...: installs and builds where that is due; a second caller at the same time waits for
# the first.
ensure_built() {
  local preset=$1 kinds=$2
  shift 2
  is_current "$preset" && return 0
  mkdir -p "$root/build"
  (
    flock 9
    is_current "$preset" && exit 0
    # shellcheck disable=SC2086
    install_packages $kinds || exit 1
    # The stamp's time is that of the start: what is edited during the build is built again.
    touch "$root/build/.started"
    build_preset "$preset" "$@" || exit 1
    mv "$root/build/.started" "$root/build/$preset/.built"
  ) 9>"$root/build/.lock"
}

ensure_release() { ensure_built release build attnsim_simulate attnsim_validate; }
# With the Verilog core, which takes minutes to build.
ensure_rtl() { ensure_built rtl "build rtl" attnsim_simulate; }
