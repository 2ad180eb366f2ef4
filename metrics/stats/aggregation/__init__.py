"""One answer from several: arrays in, frozen results out, no Django.

`methods.METHODS` tells which methods there are, what each assumes and needs; `methods.aggregate` runs one.
"""
