#!/bin/sh
# Installs phb into TARGET from the tree this script stands in; every package's hash is checked, and none is built from source.
# The image is made by this script, and tests/docker runs the same one. Needs a Python from 3.11 with venv and pip (PYTHON
# names it). Writes TARGET and a temporary folder only, so the tree may be read-only and the user anybody.
set -eu
if [ $# -ne 1 ]; then
    echo "usage: install.sh TARGET" >&2
    exit 2
fi
target=$1
tree=$(cd "$(dirname "$0")/.." && pwd)
python=${PYTHON:-python3}
build=$(mktemp -d)
trap 'rm -rf "$build"' EXIT

pip() {
    "$python" -m pip --quiet --disable-pip-version-check --no-cache-dir "$@"
}

# What serves has no pip: it never installs anything.
"$python" -m venv --without-pip "$target"
pip --python "$target/bin/python" install --require-hashes --only-binary :all: -r "$tree/requirements.txt"

# The build backend is locked as well, and is gone when this script ends.
pip install --require-hashes --only-binary :all: --target "$build/backend" -r "$tree/docker/requirements-build.txt"
PYTHONPATH="$build/backend" pip wheel --no-deps --no-build-isolation --wheel-dir "$build/wheel" "$tree"
pip --python "$target/bin/python" install --no-deps --no-index "$build"/wheel/*.whl
