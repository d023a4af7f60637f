# shellcheck shell=bash
# Sourced: Bazel called from any folder and any environment.

wavetank_root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)

# Bazel keeps its output tree under $HOME; cron jobs and containers may have none.
if [[ -z ${HOME-} ]]; then
  HOME=$(getent passwd "$(id -u)" | cut -d: -f6)
  export HOME
fi

# Runs Bazel in the workspace, whatever the caller's folder is.
run_bazel() (
  cd "$wavetank_root" && exec bazel "$@"
)
