#!/bin/sh
# Run the benchmarks: all of them, or the ones named, such as `sh bench/run.sh metrics`.
# Each prints a small table: medians, and ratios to a named peer in the same run.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
python="$here/../.venv/bin/python"
[ -x "$python" ] || python=python3
programs="$*"
if [ -z "$programs" ]; then
    for file in "$here"/*.py; do
        name=$(basename "$file" .py)
        grep -q '^if __name__ == "__main__"' "$file" && ! grep -q 'run by another benchmark' "$file" && programs="$programs $name"
    done
fi
for name in $programs; do
    echo "== $name"
    "$python" "$here/$name.py"
done
