"""Reads the thresholds of the graders.

says: FileNotFoundError | PermissionError
stock: run
"""
raise Success(open(f"{REPOSITORY}/grader/exercises/calibration.json").read())
