#!/bin/sh
# Makes roles, logins and the database at the first start of an empty server, as its superuser. The SQL of the roles is that of
# `phb migrate --print-roles`, from the same template. The eraser gets no password here, so nobody can log in as it until an
# administrator gives it one.
set -eu
secrets=${PHB_SECRETS:-/run/secrets}
template=${PHB_LOGINS:-/etc/phb/logins.sql.tmpl}

password_of() {
    if ! [ -s "$secrets/$1" ]; then
        echo "init-database: $secrets/$1 is missing or empty" >&2
        return 1
    fi
    cat "$secrets/$1"
}

logins() {
    sed -e 's/\$serve/phb_serve/g' -e 's/\$owner/phb_owner/g' -e 's/\$eraser/phb_erase/g' -e 's/\$\$/$/g' "$template"
}

# For `\getenv`, which keeps the passwords off every command line.
SERVING_PASSWORD=$(password_of serving_password)
OWNER_PASSWORD=$(password_of owner_password)
export SERVING_PASSWORD OWNER_PASSWORD

run="psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username ${POSTGRES_USER:-postgres}"
logins | $run --dbname postgres
$run --dbname postgres <<'SQL'
\getenv serving SERVING_PASSWORD
\getenv owner OWNER_PASSWORD
ALTER ROLE phb_serve PASSWORD :'serving';
ALTER ROLE phb_owner PASSWORD :'owner';
CREATE DATABASE phb OWNER phb_owner TEMPLATE template0 ENCODING 'UTF8';
REVOKE ALL ON DATABASE phb FROM PUBLIC;
GRANT CONNECT ON DATABASE phb TO phb_serve, phb_erase;
SQL
