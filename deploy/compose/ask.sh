#!/bin/sh
# ask.sh YES WHAT: goes on (0) when YES is set or somebody types "yes"; ends with 1 otherwise.
[ -n "$1" ] && exit 0
printf 'This will %s.\nType "yes" to go on: ' "$2" >&2
read -r answer || answer=
[ "$answer" = yes ] && exit 0
echo "Nothing was done." >&2
exit 1
