"""Sends a datagram to an abstract unix socket outside, without connecting.

says: PermissionError | ConnectionRefusedError
stock: run
"""
import socket

raise Success(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(LEFTOVER.encode(), DATAGRAM))
