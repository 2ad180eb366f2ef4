"""Rows of one cut as a file: what is exported (rows) and how it is written (formats)."""
