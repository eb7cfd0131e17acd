"""The SQL of readiness: is the database there, is it migrated, and what time is it there."""

PROBE = "SELECT phb.clock_us() AS clock_us, (SELECT max(version_num) FROM phb.schema_version) AS version"
"""The second column is the newest migration that this database has."""
