"""Pages of agreement, one module for each."""
