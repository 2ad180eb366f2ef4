"""File formats: bytes in, rows and reported rows out. Pure: no Django here.

Each format is one module, listed once in `registry.py`.
"""
