"""Leaves a process that listens for the next student, on sockets of all kinds.

says: done | OSError
"""
import os
import socket
import time

if os.fork() == 0:
    os.setsid()
    listeners = []
    for address in (f"\0{LEFTOVER}", f"/tmp/{LEFTOVER}"):
        try:
            listener = socket.socket(socket.AF_UNIX)
            listener.bind(address)
            listener.listen()
            listeners.append(listener)
        except OSError:
            continue
    time.sleep(600)
    os._exit(0)
print("done")
# %% next
import socket

for address in (f"\0{LEFTOVER}", f"/tmp/{LEFTOVER}"):
    try:
        socket.socket(socket.AF_UNIX).connect(address)
    except OSError:
        continue
    raise Success(address)
