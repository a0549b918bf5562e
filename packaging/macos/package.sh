#!/usr/bin/env bash
# Signs and notarises the app where a certificate is given, and puts it into a disk image.
#
#     packaging/macos/package.sh "dist/FPT Studio.app" OUTPUT_DIR
#
# FPT_SIGNING_IDENTITY: the name of a "Developer ID Application" certificate in the keychain;
# without it the app is signed for this machine alone, and others warn of it.
# FPT_NOTARY_PROFILE: a profile that `xcrun notarytool store-credentials` made.
set -euo pipefail
app=$1 output=$2
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
version=$(sed -n 's/^__version__ = "\(.*\)"/\1/p' "$here/../../fpt_core/version.py")
name=fpt-studio-$version-macos-$(uname -m)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

codesign --force --deep --options runtime --timestamp --entitlements "$here/entitlements.plist" \
    --sign "${FPT_SIGNING_IDENTITY:--}" "$app"
codesign --verify --deep --strict "$app"
cp -R "$app" "$work/"
ln -s /Applications "$work/Applications"
hdiutil create -volname "FPT Studio" -srcfolder "$work" -format ULMO -ov "$output/$name.dmg"
if [ -n "${FPT_NOTARY_PROFILE:-}" ]; then
    xcrun notarytool submit "$output/$name.dmg" --keychain-profile "$FPT_NOTARY_PROFILE" --wait
    xcrun stapler staple "$output/$name.dmg"
fi
(cd "$output" && shasum -a 256 "$name.dmg" >"$name.dmg.sha256")
