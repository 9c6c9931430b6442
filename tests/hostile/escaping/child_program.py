"""Leaves a program running that was started in a session of its own.

says: started
"""
import subprocess

subprocess.Popen(["sleep", "600"], start_new_session=True)
print("started")
