#!/usr/bin/env bash
# Run once, when the database server is new: Surtitle's role owns its database and may make others beside it
# (to restore a backup), and nothing else. In SQL that somebody brings, `COPY … TO PROGRAM` is refused.
set -Eeuo pipefail
psql --username "$POSTGRES_USER" --dbname postgres --no-psqlrc --quiet --set ON_ERROR_STOP=1 \
  --set password="$(cat /run/secrets/password)" << 'SQL'
CREATE ROLE surtitle LOGIN CREATEDB PASSWORD :'password';
CREATE DATABASE surtitle OWNER surtitle;
SQL
