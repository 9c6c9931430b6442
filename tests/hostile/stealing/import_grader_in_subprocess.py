"""Imports the hidden grader's helpers in a Python of its own, where no hook watches.

says: No module named | ModuleNotFoundError | PermissionError | FileNotFoundError
stock: run
"""
import subprocess
import sys

program = "from grader.exercises.convolution import cases; print('the oracle:', cases.conv2d)"
done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
if done.returncode == 0:
    raise Success(done.stdout)
raise OSError(done.stderr)
