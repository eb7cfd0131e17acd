#!/bin/sh
# Looks up the digests of the two base images of today and prints them as compose.yaml takes them:
#     docker/pin-images.sh > docker/.env
# Nothing here is pinned for you: who builds the image decides which base it stands on, and repeats this to take fixes of it.
set -eu
for pair in PYTHON_SHA256=python:3.11-slim POSTGRES_SHA256=postgres:18; do
    digest=$(docker buildx imagetools inspect "${pair#*=}" --format '{{.Manifest.Digest}}')
    case $digest in
    sha256:*) echo "${pair%%=*}=${digest#sha256:}" ;;
    *) echo "pin-images: no digest for ${pair#*=}: $digest" >&2 && exit 1 ;;
    esac
done
