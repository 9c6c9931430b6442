"""Writes where programs of the whole system look.

says: nowhere
"""
for path in ("/etc/ld.so.preload", "/etc/cron.d/", "/etc/profile.d/", "/usr/local/bin/", "/var/spool/cron/crontabs/"):
    try:
        open(path + LEFTOVER if path.endswith("/") else path, "a").close()
    except OSError:
        continue
    raise Success(path)
raise LookupError("nowhere")
