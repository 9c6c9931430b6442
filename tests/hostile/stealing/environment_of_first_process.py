"""Reads its own environment as it was when its process began.

says: no secret in
stock: run
"""
environment = open("/proc/self/environ", "rb").read()
if b"canary-" in environment:
    raise Success(environment[environment.index(b"canary-") :][:40])
raise LookupError(f"no secret in {len(environment)} bytes")
