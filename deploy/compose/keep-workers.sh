#!/bin/sh
# keep-workers.sh FILE NUMBER: says WORKERS=NUMBER in FILE, whole or not at all; what else stands there stays.
set -eu
number=$2
case $number in
  '' | *[!0-9]*) echo "Say how many: make scale-workers N=4" >&2; exit 2 ;;
esac
file=$(readlink -f "$1")
: >> "$file"
fresh=$(mktemp "$file.XXXXXX")
trap 'rm -f "$fresh"' EXIT
# Whoever may read it now, and nobody else: it may hold keys.
cp -p "$file" "$fresh"
awk -v number="$number" '!/^WORKERS=/ { print } END { print "WORKERS=" number }' "$file" > "$fresh"
sync "$fresh"
mv "$fresh" "$file"
