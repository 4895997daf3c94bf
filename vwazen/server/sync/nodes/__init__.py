"""A clinic's laptop below a country's server: the same program, joined by a link that may be broken for weeks.

The node below brings what was recorded there, in sealed order, and is given what is recorded elsewhere about the
people of its sites. Facts are the same on both, so nothing has to be merged: each node folds what it has.
"""
