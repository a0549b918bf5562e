#!/bin/sh
# Removes FPT Studio. Projects and models stay; with --with-models the backbones that were
# put into the models folder, and the settings, go too. Projects are never removed.
set -eu
target=$(cd "$(dirname "$0")" && pwd)
prefix=$(cd "$target/../.." && pwd)
rm -f "$prefix/bin/fpt" "$prefix/bin/fpt-studio"
rm -f "$prefix/share/applications/fpt-studio.desktop" "$prefix/share/mime/packages/fpt-studio.xml"
rm -f "$prefix"/share/icons/hicolor/*/apps/fpt-studio.png
sh "$target/share/refresh.sh" "$prefix"
if [ "${1:-}" = "--with-models" ]; then
    rm -rf "${XDG_DATA_HOME:-$HOME/.local/share}/FPT Studio" "${XDG_CONFIG_HOME:-$HOME/.config}/FPT Studio"
fi
rm -rf "${XDG_STATE_HOME:-$HOME/.local/state}/FPT Studio"
# What was installed, and nothing that a person may have put beside it.
rm -rf "$target/_internal" "$target/share"
rm -f "$target/FPT Studio" "$target/fpt" "$target/sbom.cdx.json" "$target/uninstall.sh"
rmdir "$target" 2>/dev/null || echo "Other files than the program's stay in $target."
echo "FPT Studio is removed. Projects are where they were."
