"""Sends a datagram to a service on the instructor's machine.

says: PermissionError | OSError
stock: run
"""
import socket

raise Success(socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(LEFTOVER.encode(), ("127.0.0.1", UDP)))
