"""How fast, how small? Measured as ratios within one run: `make bench`."""
