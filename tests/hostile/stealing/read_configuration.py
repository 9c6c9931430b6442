"""Reads nbgrader's configuration.

says: FileNotFoundError | PermissionError
stock: run
"""
raise Success(open(f"{COURSE}/nbgrader_config.py").read()[-500:])
