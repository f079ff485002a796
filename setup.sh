#!/bin/sh
# Create .venv with the pinned packages and this project; make calls it when either has changed.
set -eu
cd "$(dirname "$0")"
python=${1:-python3}

fail() {
    echo "advtheory: $1" >&2
    exit 2
}

install() {
    .venv/bin/python -m pip install --disable-pip-version-check --progress-bar off "$@" >>.venv/install.log 2>&1 && return
    if grep -qiE 'name resolution|newconnectionerror|timed out|unreachable|connection (refused|reset|broken)' .venv/install.log; then
        fail "the packages could not be fetched; check the network (details in .venv/install.log)"
    fi
    fail "the packages could not be installed (details in .venv/install.log)"
}

command -v "$python" >/dev/null 2>&1 || fail "Python 3.11 or newer is needed, and there is no $python on the PATH"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    fail "Python 3.11 or newer is needed, and $python is $("$python" -V 2>&1); name another one: make PYTHON=python3.12"
"$python" -c 'import ensurepip, venv' 2>/dev/null ||
    fail "$python cannot create virtual environments; install its venv module (Debian: apt install python3-venv)"

echo "advtheory: setting up .venv (once, one to two minutes)"
rm -f .venv/.ready
"$python" -m venv .venv || fail "the virtual environment .venv could not be created"
: >.venv/install.log
install --require-hashes --no-deps --requirement requirements.txt
install --constraint constraints.txt torch
install --no-build-isolation --no-deps --editable .
touch .venv/.ready
