"""How well words and languages are recognised, measured on outside data: `make quality`.

The data is no part of the project. Half of every set was kept out of sight while the product was tuned, and
the figures are those of that half.
"""
