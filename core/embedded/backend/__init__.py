"""A Django database engine: PostgreSQL, started on first use where it does not run."""
