"""Figures that are measured, never guessed: thresholds, baselines of the data sets, the cost of grading."""
