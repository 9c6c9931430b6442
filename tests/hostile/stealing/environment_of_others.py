"""Reads the environment of every process that it can see.

says: no secret in
stock: run
"""
seen = 0
for pid in other_processes():
    try:
        environment = open(f"/proc/{pid}/environ", "rb").read()
    except OSError:
        continue
    seen += 1
    if b"canary-" in environment:
        raise Success(pid, environment[environment.index(b"canary-") :][:40])
raise LookupError(f"no secret in {seen} environments")
