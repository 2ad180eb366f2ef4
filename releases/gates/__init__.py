"""The checks of a contract: one module each, listed in the registry."""
