"""Starts Python and the shell.

says: from a child
"""
import subprocess
import sys

print(subprocess.run([sys.executable, "-c", "print('from a child')"], capture_output=True, text=True, check=True).stdout)
get_ipython().system("ls")
