#!/bin/sh
# Makes the passwords that compose.yaml mounts, once, in docker/secrets or the folder given. Never replaces one: a server keeps
# the password it was first started with. Containers of two users read the files, so what keeps others out is the folder.
set -eu
folder=${1:-$(dirname "$0")/secrets}
mkdir -p "$folder"
chmod 0700 "$folder"
for name in superuser_password serving_password owner_password; do
    if ! [ -e "$folder/$name" ]; then
        od -An -N32 -tx1 /dev/urandom | tr -d ' \n' >"$folder/$name"
        chmod 0444 "$folder/$name"
    fi
done
