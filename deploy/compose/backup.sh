#!/usr/bin/env bash
# backup.sh FOLDER DAYS: writes FOLDER/surtitle-TIME.dump, whole and checked or not at all, and removes those
# of ours that are older than DAYS (0: none). Fit for cron: no terminal, one at a time, a word only when
# something is wrong, and an exit code.
set -euo pipefail
folder=${1:?a folder} days=${2:?a number of days}
umask 077
mkdir -p "$folder"
exec 9> "$folder/.lock"
flock --nonblock 9 || { echo "Another backup into $folder is under way." >&2; exit 1; }

in_database() { ${COMPOSE:-docker compose} exec -T db "$@"; }
target="$folder/surtitle-$(date -u +%Y%m%dT%H%M%SZ).dump"
partial="$target.partial"
trap 'rm -f "$partial"' EXIT

in_database pg_dump --username surtitle --format custom --no-owner --no-privileges surtitle > "$partial"
# The whole file is read, decompressed and understood, and it is a database of ours: then it counts.
# (Its list of contents stands at the front and would be right in half a file.)
in_database pg_restore --file - < "$partial" | grep --count '^COPY public.alembic_version ' > /dev/null \
  || { echo "The backup cannot be read back and was dropped; those before are kept." >&2; exit 1; }
sync "$partial"
mv "$partial" "$target"
sync "$folder"
if [ "$days" -gt 0 ]; then
  find "$folder" -maxdepth 1 -name 'surtitle-*.dump' -mtime "+$days" -delete
fi
echo "$target"
