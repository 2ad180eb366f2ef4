"""Label schemas, question kinds, clauses and their differences. Pure: no Django here.

Each question kind is one module, listed once in `registry.py`.
"""
