#!/usr/bin/env bash
# restore.sh FILE: puts the database back from FILE, what `backup.sh` wrote or plain SQL (.sql, .sql.gz).
#
# The backup is read into a database beside the running one. Only when all of it is in are the two exchanged;
# a backup that cannot be read changes nothing. What was there is kept as `surtitle_before` until the next time.
set -Eeuo pipefail
file=${1:?a backup}
compose() { ${COMPOSE:-docker compose} "$@"; }
in_database() { compose exec -T db "$@"; }
is_packed() { [ "$(head --bytes 2 "$file" | od -An -tx1 | tr -d ' ')" = 1f8b ]; }
plain() { if is_packed; then gzip --decompress --stdout "$file"; else cat "$file"; fi; }
sql() { in_database psql --username surtitle --no-psqlrc --quiet --set ON_ERROR_STOP=1 --dbname postgres "$@"; }

is_archive=
[ "$(head --bytes 5 "$file")" = PGDMP ] && is_archive=1
# It would be read into the running database, or another one, in place of the one beside it.
if [ -z "$is_archive" ] && plain | grep --text --count --extended-regexp '^[[:space:]]*\\c(onnect)?([[:space:]]|$)' > /dev/null; then
  echo "$file connects to a database of its own choice. Write it without --create. Nothing was changed." >&2
  exit 1
fi

trap 'echo "$file could not be read. Nothing was changed." >&2' ERR
sql --command 'DROP DATABASE IF EXISTS surtitle_restored WITH (FORCE)' --command 'CREATE DATABASE surtitle_restored'
into=(psql --username surtitle --no-psqlrc --quiet --set ON_ERROR_STOP=1 --single-transaction --dbname surtitle_restored)
if [ -n "$is_archive" ]; then
  in_database pg_restore --username surtitle --exit-on-error --single-transaction --no-owner --no-privileges \
    --dbname surtitle_restored < "$file"
else
  plain | in_database "${into[@]}" > /dev/null
fi
version=$(in_database psql --username surtitle --no-psqlrc --tuples-only --no-align --dbname surtitle_restored \
  --command "SELECT to_regclass('public.alembic_version') IS NOT NULL AND to_regclass('public.jobs') IS NOT NULL")
if [ "$version" != t ]; then
  sql --command 'DROP DATABASE surtitle_restored WITH (FORCE)'
  echo "$file holds no database of Surtitle. Nothing was changed." >&2
  exit 1
fi

# Nobody may write into what is being set aside. Whatever ends this, those who ran run again.
trap 'echo "Nothing was changed: $file is in the database surtitle_restored, but could not take its place." >&2' ERR
running=$(compose ps --services --status running | grep -E '^(api|worker.*|vocalyx-.*)$' || true)
if [ -n "$running" ]; then
  # shellcheck disable=SC2086 # names of services, one a word
  trap 'compose start $running > /dev/null' EXIT
  # shellcheck disable=SC2086
  compose stop $running > /dev/null
fi
# What an earlier restore set aside goes only once this one has succeeded. One called `surtitle_older` is left of
# a run that ended between the two, and `surtitle_before` is newer.
sql << 'SQL'
DROP DATABASE IF EXISTS surtitle_older WITH (FORCE);
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
  WHERE datname IN ('surtitle', 'surtitle_before', 'surtitle_restored') \g /dev/null
BEGIN;
SELECT 'ALTER DATABASE surtitle_before RENAME TO surtitle_older'
  WHERE EXISTS (SELECT FROM pg_database WHERE datname = 'surtitle_before') \gexec
ALTER DATABASE surtitle RENAME TO surtitle_before;
ALTER DATABASE surtitle_restored RENAME TO surtitle;
COMMIT;
SQL
trap - ERR
sql --command 'DROP DATABASE IF EXISTS surtitle_older WITH (FORCE)' \
  || echo "The database surtitle_older could not be dropped; the next restore does it." >&2
echo "The database is as it was in $file. What was there before is in the database surtitle_before."
