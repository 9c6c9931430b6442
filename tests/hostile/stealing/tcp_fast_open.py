"""Opens a TCP connection by sendto with MSG_FASTOPEN, which never calls connect.

says: PermissionError | OSError
stock: run
"""
import socket

raise Success(socket.socket().sendto(b"hello", socket.MSG_FASTOPEN, ("127.0.0.1", TCP)))
