"""Uses the privileges that it has left, if any.

says: no capability
"""
lines = dict(line.split(":\t") for line in open("/proc/self/status").read().splitlines() if ":\t" in line)
if int(lines["CapEff"], 16):
    raise Success(lines["CapEff"])
raise LookupError("no capability")
