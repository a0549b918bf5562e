#!/usr/bin/env bash
# Installs, upgrades and removes a stand-in for the program under Wine, in silent mode.
#
#     packaging/windows/wine_test.sh
#
# It proves the installer, not the program: no program of ours runs here.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
trap '"$wine" wineboot --shutdown >/dev/null 2>&1 || true; sleep 1; rm -rf "$work"' EXIT
wine=$(command -v wine64 || echo /usr/lib/wine/wine64)
export WINEPREFIX=$work/prefix WINEDEBUG=-all LC_ALL=C.UTF-8
unset DISPLAY

stand_in() { # content
    rm -rf "$work/FPT Studio"
    mkdir -p "$work/FPT Studio/_internal"
    echo "$1" >"$work/FPT Studio/_internal/version.txt"
    for program in "FPT Studio.exe" fpt.exe; do
        cp /usr/share/nsis/Stubs/zlib-amd64-unicode "$work/FPT Studio/$program"
    done
    echo '{}' >"$work/FPT Studio/sbom.cdx.json"
    "$here/package.sh" setup "$work/FPT Studio" "$work/$1"
}
setup() { # version, arguments
    "$wine" "$work/$1"/*-setup.exe "${@:2}"
}
uninstall() { # arguments; it goes on in a copy of itself, which is waited for
    "$wine" "$place/uninstall.exe" "$@"
    for _ in $(seq 100); do
        [ -e "$place/uninstall.exe" ] || break
        sleep 0.2
    done
    sleep 1
}
registered() { # key
    "$wine" reg query "$1" >/dev/null 2>&1
}
check() { # words, command...
    if "${@:2}"; then echo "ok     $1"; else echo "FAILED $1"; exit 1; fi
}
not() { ! "$@"; }

stand_in one
"$wine" winecfg -v win7 >/dev/null 2>&1
status=0; setup one /S || status=$?
home=$(echo "$WINEPREFIX"/drive_c/users/*/AppData)
home=${home%%/AppData*}/AppData
[ -d "$WINEPREFIX/drive_c/users/$(id -un)" ] && home=$WINEPREFIX/drive_c/users/$(id -un)/AppData
place="$home/Local/Programs/FPT Studio"
check "an old Windows is refused with status 2" test "$status" = 2
check "and nothing is left there" test ! -e "$place"
"$wine" winecfg -v win10 >/dev/null 2>&1

setup one /S
check "installed for this user" test -f "$place/FPT Studio.exe"
check "in the Start menu" test -f "$home/Roaming/Microsoft/Windows/Start Menu/Programs/FPT Studio.lnk"
check "models are opened by it" registered 'HKCU\Software\Classes\FPTStudio.Model\shell\open\command'
check "known to the system" registered 'HKCU\Software\Microsoft\Windows\CurrentVersion\Uninstall\FPTStudio'

mkdir -p "$home/Local/FPT Studio/models" "$home/Roaming/FPT Studio"
echo weights >"$home/Local/FPT Studio/models/vit.safetensors"
echo stale >"$place/_internal/of-the-old-version.txt"
mkdir -p "$place/study.fptproject"
echo images >"$place/study.fptproject/project.sqlite"
stand_in two
setup two /S
check "upgraded in place" grep -q two "$place/_internal/version.txt"
check "nothing of the old version stays" test ! -e "$place/_internal/of-the-old-version.txt"
check "a project beside the program stays" test -f "$place/study.fptproject/project.sqlite"
check "no half of either is left" not compgen -G "$place.*"

uninstall /S
check "uninstalled" test ! -e "$place/FPT Studio.exe"
check "and the project stays" test -f "$place/study.fptproject/project.sqlite"
check "no longer known" not registered 'HKCU\Software\Microsoft\Windows\CurrentVersion\Uninstall\FPTStudio'
check "models stay" test -f "$home/Local/FPT Studio/models/vit.safetensors"

setup two /S
uninstall /S /MODELS
check "models go where that is asked" test ! -e "$home/Local/FPT Studio"

setup two /S '/D=C:\Ärzte\FPT'
check "into another folder" test -f "$WINEPREFIX/drive_c/Ärzte/FPT/FPT Studio.exe"
