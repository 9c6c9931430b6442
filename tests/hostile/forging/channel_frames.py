"""Writes well-formed replies onto the channel to the grader, before anything is asked.

base: stub
loses: all
"""
import os
import socket
import struct

from grader.kernel import wire

reply = wire.encode({"value": 5.0, "changed": [], "score": 5.0})
for number in range(3, 256):
    for order in ("<Q", ">Q"):
        try:
            if socket.socket(fileno=os.dup(number)).family == socket.AF_UNIX:
                os.write(number, struct.pack(order, len(reply)) + reply)
        except OSError:
            continue
