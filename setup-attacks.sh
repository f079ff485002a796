#!/bin/sh
# Measure the attacks of every library and write the record; make attack-libraries calls it, after .venv is there.
# Libraries that ask for torchvision, which replaces the pinned torch, have an environment of their own, .venv-attacks,
# and are installed without what they ask for.
set -eu
cd "$(dirname "$0")"
python=${1:-python3}
record=reports/recorded/attack_conformance.json
log=.venv-attacks/install.log

fail() {
    echo "advtheory: $1" >&2
    exit 2
}

install() {
    .venv-attacks/bin/python -m pip install --disable-pip-version-check --progress-bar off \
        --constraint constraints.txt --constraint constraints-attacks.txt "$@" >>"$log" 2>&1 && return
    if grep -qiE 'name resolution|newconnectionerror|timed out|unreachable|connection (refused|reset|broken)' "$log"; then
        fail "the packages could not be fetched; check the network (details in $log)"
    fi
    fail "the packages could not be installed (details in $log)"
}

setup() {
    command -v "$python" >/dev/null 2>&1 || fail "Python 3.11 or newer is needed, and there is no $python on the PATH"
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
        fail "Python 3.11 or newer is needed, and $python is $("$python" -V 2>&1); name another one: make PYTHON=python3.12"
    echo "advtheory: setting up .venv-attacks (once, one to two minutes)"
    rm -f .venv-attacks/.ready
    "$python" -m venv .venv-attacks || fail "the virtual environment .venv-attacks could not be created"
    : >"$log"
    install --upgrade pip setuptools
    # ART imports packaging and advertorch pillow, and neither asks for it.
    install numpy torch packaging pillow adversarial-robustness-toolbox
    install --no-build-isolation --no-deps advertorch cleverhans secml-torch torchattacks
    .venv-attacks/bin/python -c \
        'import importlib.util, sys; sys.exit(importlib.util.find_spec("torchvision") is not None)' ||
        fail "torchvision was installed into .venv-attacks, where it replaces torch; remove that folder and try again"
    touch .venv-attacks/.ready
}

current() {
    [ -e .venv-attacks/.ready ] && [ -z "$(find constraints.txt constraints-attacks.txt setup-attacks.sh \
        -newer .venv-attacks/.ready)" ]
}

current || setup
# Afresh: rows of other versions or properties are not mixed in.
rm -f "$record.new"
.venv/bin/python -m models.conformance --library advtheory foolbox pyautoattack --out "$record.new" >/dev/null
.venv-attacks/bin/python -m models.conformance --library art secml-torch cleverhans torchattacks advertorch \
    --out "$record.new"
mv "$record.new" "$record"
