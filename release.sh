#!/bin/sh
# Build the source distribution and the wheel into dist/, install the wheel into a clean environment with the locked
# packages, and verify a claim there, outside this checkout; make release calls it, after .venv is there.
set -eu
cd "$(dirname "$0")"
python=${1:-python3}
claim=risk_has_closed_form
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT

rm -rf dist
.venv/bin/python -m build --no-isolation --outdir dist . >"$place/build.log" 2>&1 || {
    cat "$place/build.log" >&2
    exit 1
}
"$python" -m venv "$place/env"
install() {
    "$place/env/bin/python" -m pip install --quiet --disable-pip-version-check "$@"
}
install --require-hashes --no-deps --requirement requirements.txt
install --constraint constraints.txt torch
install --no-deps dist/*.whl
"$place/env/bin/python" -m pip check
cd "$place"
env/bin/advtheory verify -k "$claim"
echo "release: dist/ holds a wheel that installs, and verifies $claim, in a clean environment"
