"""PostgreSQL and Valkey from their Python wheels, in a data folder: nothing to install, nothing to configure."""
