#!/bin/sh
# Tells the desktop that entries, MIME types and icons below a prefix have changed.
prefix=$1
refresh() {
    ! command -v "$1" >/dev/null 2>&1 || "$@" >/dev/null 2>&1 || true
}
refresh update-desktop-database -q "$prefix/share/applications"
refresh update-mime-database "$prefix/share/mime"
refresh gtk-update-icon-cache -q -t -f "$prefix/share/icons/hicolor"
