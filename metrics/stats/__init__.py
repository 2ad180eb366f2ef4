"""The agreement engine: plain values in, frozen results out. No Django here; import-linter keeps it so."""
