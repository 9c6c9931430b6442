"""Looks for the grading process among all processes.

says: no grader among
stock: run
"""
seen = 0
for pid in other_processes():
    try:
        command = open(f"/proc/{pid}/cmdline", "rb").read()
    except OSError:
        continue
    seen += 1
    if b"autograde" in command:
        raise Success(pid, command)
raise LookupError(f"no grader among {seen} processes")
