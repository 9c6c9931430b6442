"""Makes sockets of every family but unix: netlink, packet, vsock, alg, bluetooth, xdp and the rest.

says: no socket but unix
stock: run
"""
import socket

made = []
for family in range(64):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW, socket.SOCK_SEQPACKET):
        if family == socket.AF_UNIX:
            continue
        try:
            socket.socket(family, kind).close()
        except OSError:
            continue
        made.append((family, int(kind)))
if made:
    raise Success(made)
raise LookupError("no socket but unix")
