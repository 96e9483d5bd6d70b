#!/usr/bin/env bash
# bring-back.sh NAME: puts database and files back as they were in a backup that `surtitle backup create` made.
# Whatever ends this, the services that ran run again; a backup that is not whole changes nothing.
set -euo pipefail
name=${1:?a backup, as \`surtitle backup list\` shows it}
compose() { ${COMPOSE:-docker compose} "$@"; }
running=$(compose ps --services --status running | grep -E '^(api|worker.*|vocalyx-.*)$' || true)
if [ -n "$running" ]; then
  # shellcheck disable=SC2086 # names of services, one a word
  trap 'compose start $running > /dev/null' EXIT
  # shellcheck disable=SC2086
  compose stop $running > /dev/null
fi
compose run --rm -T api backup restore "$name" --replace
