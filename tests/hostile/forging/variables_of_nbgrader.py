"""Sets the environment variables that switch checks off.

base: stub
loses: all
stock: run
"""
import os

os.environ.update(NBGRADER_EXECUTION="validate", GRADER_IN_PROCESS="1", PYTEST_ADDOPTS="--collect-only -p no:student")
