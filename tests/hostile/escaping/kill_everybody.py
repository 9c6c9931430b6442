"""Sends SIGKILL to all processes that it may.

says: KernelDied | PermissionError | ProcessLookupError | done
"""
import os
import signal

os.kill(-1, signal.SIGKILL)
print("done")
