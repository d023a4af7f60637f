# shellcheck shell=bash
# Sourced: the Debian packages that building and testing need, and the function that sees to them.
#
# When nothing is missing, ensure_packages asks dpkg once (some 20 ms) and touches neither apt nor the network.

wavetank_packages=(
  # Bazel and the rules it loads.
  bazel-bootstrap bazel-platforms bazel-rules-java bazel-rules-proto bazel-skylib
  # Compilers: clang is the default, g++ the second opinion. The rest of LLVM is sanitizers, symbolizer and linker.
  clang-19 g++ libclang-rt-19-dev lld-19 llvm-19
  # Libraries; third_party/ gives each its label.
  libabsl-dev libbenchmark-dev libcurl4-openssl-dev libgmock-dev libgtest-dev libpcap-dev libprotobuf-dev libssl-dev
  libuv1-dev libwslay-dev libxxhash-dev node-llhttp protobuf-compiler zlib1g-dev
  # What scripts and tests run.
  git openssl patch python3
)

# Servers that nobody here wrote: for tests and benchmarks on real sockets, which add them to the above.
server_packages=(apache2-bin nginx-light python3-aiohttp python3-websockets)

# Prints the packages that are not installed, one per line.
missing_packages() {
  # dpkg-query fails if it knows nothing of a package; that is an answer here, not an error.
  local installed
  installed=$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' "${wavetank_packages[@]}" 2>/dev/null |
    sed -n 's/^installed //p') || true
  local package
  for package in "${wavetank_packages[@]}"; do
    [[ $'\n'$installed$'\n' == *$'\n'$package$'\n'* ]] || echo "$package"
  done
}

# Installs what is missing, or with --no-install lists it and exits with 2. Everything it says goes to stderr.
ensure_packages() {
  if ! command -v dpkg-query >/dev/null; then
    echo "wavetank: this is not Debian (no dpkg-query); install the counterparts of: ${wavetank_packages[*]}" >&2
    exit 3
  fi
  local missing
  mapfile -t missing < <(missing_packages)
  ((${#missing[@]})) || return 0

  if [[ ${1-} == --no-install ]]; then
    echo "wavetank: not installed, and --no-install was given: ${missing[*]}" >&2
    exit 2
  fi
  install_packages "${missing[@]}" >&2
}

install_packages() {
  local as_root=()
  if ((EUID != 0)); then
    if ! command -v sudo >/dev/null; then
      echo "wavetank: needs root to run: apt-get install $*"
      exit 3
    fi
    as_root=(sudo)
  fi

  echo "wavetank: installing Debian packages (once): $*"
  # Without Recommends: they would bring X11 and documentation. A lock held by another apt is waited for.
  local apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=600)
  local log
  log=$(mktemp)
  if ! "${apt[@]}" update >"$log" 2>&1; then
    cat "$log"
    echo "wavetank: apt-get update failed (above); trying with the package lists at hand"
  fi
  if ! "${apt[@]}" install -y --no-install-recommends "$@" >"$log" 2>&1; then
    cat "$log"
    rm -f "$log"
    echo "wavetank: apt-get could not install what is missing (above). Wavetank needs Debian 12 and its package archive."
    exit 3
  fi
  rm -f "$log"
}
