#!/bin/sh
# Installs FPT Studio for this user, without administrator rights and without a network.
#
#     ./install.sh [--prefix DIR]        default: ~/.local
#
# An older version is replaced only when the new one is whole. Projects and models are not
# touched. Uninstall with ~/.local/opt/fpt-studio/uninstall.sh.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
prefix="$HOME/.local"
case "${1:-}" in
"") ;;
--prefix) prefix=${2:?"a folder is missing: ./install.sh --prefix DIR"} ;;
*)
    echo "install.sh: $1 is not known; ./install.sh [--prefix DIR]" >&2
    exit 2
    ;;
esac
case "$prefix" in /*) ;; *) prefix="$PWD/$prefix" ;; esac # links and menus want it whole
target="$prefix/opt/fpt-studio"
new="$target.new"

stop() { # sentence
    rm -rf "$new"
    printf 'install.sh: %s\n' "$1" >&2
    exit 1
}
trap 'stop "Stopped; nothing was changed."' HUP INT TERM

bytes=$(cat "$here/size")
mkdir -p "$prefix/opt" || stop "$prefix cannot be written to. Choose another folder with --prefix."
free=$(($(df -Pk "$prefix/opt" | awk 'NR==2 {print $4}') * 1024))
[ "$free" -gt "$bytes" ] || stop "$((bytes / 1000000)) MB are needed in $prefix, $((free / 1000000)) MB are free. Free some space, or choose another folder with --prefix."

rm -rf "$new"
mkdir "$new"
if [ -d "$here/FPT Studio" ]; then
    cp -a "$here/FPT Studio/." "$new/" || stop "The disk is full or $here cannot be read; nothing was changed."
else
    # A payload in parts, from a download or a USB stick: each is verified before it is used.
    (cd "$here" && sha256sum --check --quiet SHA256SUMS) >&2 || stop "A part is missing or damaged (named above). Copy it again."
    cat "$here"/payload.tar.xz.part-* | tar -xJ -C "$new" --strip-components=1 || stop "The disk is full; nothing was changed."
fi
cp "$here/uninstall.sh" "$new/"
cp -r "$here/share" "$new/"
"$new/fpt" --version >/dev/null || stop "What was copied is not whole (see above); nothing was changed."

rm -rf "$target.old"
[ ! -d "$target" ] || mv "$target" "$target.old"
mv "$new" "$target"
for file in "$target.old"/*; do # what a person put beside the program moves along
    [ ! -e "$file" ] || [ -e "$target/$(basename "$file")" ] || mv "$file" "$target/"
done
rm -rf "$target.old"

mkdir -p "$prefix/bin" "$prefix/share/applications" "$prefix/share/mime/packages"
ln -sfn "$target/fpt" "$prefix/bin/fpt"
ln -sfn "$target/FPT Studio" "$prefix/bin/fpt-studio"
# In a desktop entry a path with blanks stands in quotes, and % is written twice.
command=$(printf '%s' "$target/FPT Studio" | sed 's/%/%%/g; s/[\\"`$]/\\\\&/g; s/[&|]/\\&/g')
sed "s|^Exec=fpt-studio|Exec=\"$command\"|" "$target/share/fpt-studio.desktop" \
    >"$prefix/share/applications/fpt-studio.desktop"
cp "$target/share/fpt-studio.xml" "$prefix/share/mime/packages/"
for size in 48 128 256; do
    icons="$prefix/share/icons/hicolor/${size}x$size/apps"
    mkdir -p "$icons"
    cp "$target/share/fpt-studio-$size.png" "$icons/fpt-studio.png"
done
sh "$target/share/refresh.sh" "$prefix"
printf 'FPT Studio is installed in %s. Start it from the menu, or with %s/bin/fpt-studio.\n' "$target" "$prefix"
