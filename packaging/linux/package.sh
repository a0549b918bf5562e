#!/usr/bin/env bash
# Makes one kind of package from a bundle.
#
#     packaging/linux/package.sh tar|parts|deb|appimage BUNDLE OUTPUT_DIR
#
# PYTHON draws the icons (a Python with PySide6 and Pillow); PART_BYTES is the size of a part;
# XZ_LEVEL (6) trades time for size; SOURCE_DATE_EPOCH dates the files, so that the same bundle gives the same package.
set -euo pipefail
kind=$1 bundle=$(realpath "$2") output=$(realpath -m "$3")
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(realpath "$here/../..")
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -C "$root" log -1 --format=%ct)}
version=$("$bundle/fpt" --version | cut -d' ' -f2)
variant=cpu
compgen -G "$bundle/_internal/torch/lib/libtorch_cuda*" >/dev/null && variant=cuda
name=fpt-studio-$version-linux-$(uname -m)-$variant
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$output"

share() { # folder: what the desktop wants to know
    mkdir -p "$1"
    cp "$here/fpt-studio.desktop" "$here/fpt-studio.xml" "$here/refresh.sh" "$1/"
    "${PYTHON:-python3}" "$here/../icons.py" png "$1" 48 128 256
}

bytes() { # folder
    du -sb --apparent-size "$1" | cut -f1
}

pack() { # folder, file: a tar that says the same on every machine
    tar -C "$(dirname "$1")" --sort=name --owner=0 --group=0 --numeric-owner \
        --mtime="@$SOURCE_DATE_EPOCH" -c "$(basename "$1")" | xz -T0 "-${XZ_LEVEL:-6}" >"$2"
}

installer() { # folder
    mkdir -p "$1"
    cp "$here/install.sh" "$here/uninstall.sh" "$1/"
    share "$1/share"
    bytes "$bundle" >"$1/size"
}

case $kind in
tar)
    installer "$work/$name"
    cp -al "$bundle" "$work/$name/FPT Studio" 2>/dev/null || cp -a "$bundle" "$work/$name/FPT Studio"
    pack "$work/$name" "$output/$name.tar.xz"
    made=$output/$name.tar.xz
    ;;
parts)
    # A folder for a USB stick, or for a host that takes no file of 2 GB.
    made=$output/$name-parts
    rm -rf "$made"
    installer "$made"
    pack "$bundle" "$work/payload.tar.xz"
    split --bytes="${PART_BYTES:-1900000000}" --numeric-suffixes=1 --suffix-length=3 \
        "$work/payload.tar.xz" "$made/payload.tar.xz.part-"
    (cd "$made" && sha256sum payload.tar.xz.part-* >SHA256SUMS)
    ;;
deb)
    tree=$work/$name
    mkdir -p "$tree/DEBIAN" "$tree/opt" "$tree/usr/bin" "$tree/usr/share/"{applications,mime/packages}
    cp -al "$bundle" "$tree/opt/fpt-studio" 2>/dev/null || cp -a "$bundle" "$tree/opt/fpt-studio"
    ln -s /opt/fpt-studio/fpt "$tree/usr/bin/fpt"
    ln -s "/opt/fpt-studio/FPT Studio" "$tree/usr/bin/fpt-studio"
    share "$work/share"
    cp "$work/share/fpt-studio.desktop" "$tree/usr/share/applications/"
    cp "$work/share/fpt-studio.xml" "$tree/usr/share/mime/packages/"
    for size in 48 128 256; do
        install -Dm644 "$work/share/fpt-studio-$size.png" \
            "$tree/usr/share/icons/hicolor/${size}x$size/apps/fpt-studio.png"
    done
    install -Dm644 "$root/LICENSE" "$tree/usr/share/doc/fpt-studio/copyright"
    # The newest symbol of the C library that anything inside asks for.
    libc=$(find "$bundle" -name '*.so*' -type f -exec objdump -T {} + 2>/dev/null |
        grep -o 'GLIBC_2\.[0-9]*' | sort -Vu | tail -1 | cut -d_ -f2)
    cat >"$tree/DEBIAN/control" <<CONTROL
Package: fpt-studio
Version: $version
Architecture: $(dpkg --print-architecture)
Maintainer: FPT Studio <noreply@fpt-studio.invalid>
Installed-Size: $(($(bytes "$bundle") / 1024))
Depends: libc6 (>= $libc), libegl1, libgl1, libfontconfig1, libx11-6
Section: science
Priority: optional
Description: Fine-tune an image classifier on this machine
 FPT Studio trains image classifiers by fine-grained prompt tuning and uses them,
 without a network, code or a large GPU. For research use only; not a medical device.
CONTROL
    find "$tree" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +
    made=$output/$name.deb
    dpkg-deb --root-owner-group -Zxz "-z${XZ_LEVEL:-6}" --build "$tree" "$made" >/dev/null
    ;;
appimage)
    command -v appimagetool >/dev/null ||
        { echo "appimagetool is not installed; it comes in no package of Debian's." >&2; exit 1; }
    tree=$work/FPT_Studio.AppDir
    mkdir -p "$tree/opt"
    cp -al "$bundle" "$tree/opt/fpt-studio" 2>/dev/null || cp -a "$bundle" "$tree/opt/fpt-studio"
    share "$work/share"
    install -m755 "$here/AppRun" "$tree/AppRun"
    cp "$here/fpt-studio.desktop" "$tree/"
    cp "$work/share/fpt-studio-256.png" "$tree/fpt-studio.png"
    made=$output/$name.AppImage
    ARCH=$(uname -m) appimagetool "$tree" "$made"
    ;;
*)
    echo "kind must be tar, parts, deb or appimage, not $kind" >&2
    exit 2
    ;;
esac
if [ -f "$made" ]; then
    (cd "$output" && sha256sum "$(basename "$made")" >"$(basename "$made").sha256")
fi
echo "$made: $(($(bytes "$made") / 1000000)) MB, made in $SECONDS s"
