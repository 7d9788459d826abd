#!/usr/bin/env bash
# What the checks of the web programs run beside them: a message broker, a browser, Prometheus, a
# load generator, and tools to look at processes. Names those that are missing, and fails.
#
#     tests/services.sh            are they there?
#     tests/services.sh install    installs what is missing, on Debian, as root
#
# In CI, as root, missing ones are installed.
set -uo pipefail
cd "$(dirname "$0")/.."
source tests/common/tools.sh

# Each tool, and the command that installs it. What Debian recommends beside it is not needed.
tools=(
    "nats-server|apt-get install -y --no-install-recommends nats-server"
    "chromium|apt-get install -y --no-install-recommends chromium"
    "prometheus|apt-get install -y --no-install-recommends prometheus"
    "ps|apt-get install -y --no-install-recommends procps"
    "wrk|apt-get install -y --no-install-recommends wrk"
)
need_tools "${1:-}"
for tool in "${tools[@]}"; do
    command -v "${tool%%|*}"
done
