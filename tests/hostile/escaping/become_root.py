"""Becomes another user, by system call and by programs that may.

says: nobody else
"""
import os
import subprocess

user = os.getuid()
if user != 0:
    try:
        os.setuid(0)
        raise Success("root")
    except OSError:
        pass
for command in (["sudo", "-n", "id", "-u"], ["su", "-c", "id -u"], ["pkexec", "id", "-u"]):
    try:
        done = subprocess.run(command, capture_output=True, timeout=2, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.TimeoutExpired):
        continue
    if done.returncode == 0 and user != 0:
        raise Success(command)
if "NoNewPrivs:\t1" not in open("/proc/self/status").read():
    raise Success("programs may still raise its privileges")
raise LookupError("nobody else")
