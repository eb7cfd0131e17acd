#!/bin/sh
# Runs phb with the password of its login. Secrets are mounted with the permissions they have on the host, and PostgreSQL's
# clients ignore a password file that others may read: so it is written once more, for this user only, into the run folder.
# `exec` makes phb process 1, so a stop reaches it.
set -eu
if [ -n "${PHB_PASSWORD_FILE:-}" ]; then
    password=$(sed 's/[\\:]/\\&/g' "$PHB_PASSWORD_FILE")
    (umask 077 && printf '*:*:*:*:%s\n' "$password" >"$PGPASSFILE")
fi
exec phb "$@"
