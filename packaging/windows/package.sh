#!/usr/bin/env bash
# Makes the installer for Windows, on Windows (Git's bash) or on Linux (Debian's nsis).
#
#     packaging/windows/package.sh setup|parts BUNDLE OUTPUT_DIR
set -euo pipefail
kind=$1 bundle=$(realpath "$2") output=$(realpath -m "$3")
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(realpath "$here/../..")
version=$(sed -n 's/^__version__ = "\(.*\)"/\1/p' "$root/fpt_core/version.py")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$output"
name=fpt-studio-$version-windows-x64
"${PYTHON:-python3}" "$here/../icons.py" ico "$work"
common=(-V2 -INPUTCHARSET UTF8 "-DVERSION=$version" "-DLICENCE=$root/LICENSE" "-DICON=$work/app.ico")

case $kind in
setup)
    makensis "${common[@]}" "-DPAYLOAD=$bundle" "-DOUTPUT=$output/$name-setup.exe" "$here/installer.nsi"
    ;;
parts)
    parts=$output/$name-parts
    rm -rf "$parts"
    mkdir -p "$parts"
    (cd "$(dirname "$bundle")" && "${PYTHON:-python3}" -m zipfile -c "$work/payload.zip" "$(basename "$bundle")")
    split --bytes="${PART_BYTES:-1900000000}" --numeric-suffixes=1 --suffix-length=3 \
        "$work/payload.zip" "$parts/payload.zip.part-"
    (cd "$parts" && sha256sum payload.zip.part-* | sed 's/ \*/  /' >SHA256SUMS)
    # Unpacked, and the joined archive beside it for a while.
    bytes=$(($(du -sb "$bundle" | cut -f1) + $(stat -c %s "$work/payload.zip")))
    makensis "${common[@]}" "-DPARTS=$parts" "-DBYTES=$bytes" "-DOUTPUT=$parts/$name-setup.exe" \
        "$here/installer.nsi"
    ;;
*)
    echo "kind must be setup or parts, not $kind" >&2
    exit 2
    ;;
esac
(cd "$output" && find . -name '*-setup.exe' -exec sha256sum {} + >"$name.sha256")
