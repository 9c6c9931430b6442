"""Leaves a job to cron and at.

says: no job
"""
import subprocess

for command in (["crontab", "-"], ["at", "now"], ["batch"], ["systemd-run", "--user", "true"]):
    try:
        done = subprocess.run(command, input=f"* * * * * touch /tmp/{LEFTOVER}\n", text=True, capture_output=True)
    except OSError:
        continue
    if done.returncode == 0:
        raise Success(command)
raise LookupError("no job")
