"""PostgreSQL and Valkey from their Python wheels, in a data folder: nothing to install or configure."""
