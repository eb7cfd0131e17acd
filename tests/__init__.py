"""The promises of the service, each shown on a real PostgreSQL, to be read by their names."""
