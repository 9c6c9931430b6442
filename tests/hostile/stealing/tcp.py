"""Connects to a service on the instructor's machine.

says: PermissionError | OSError
stock: run
"""
import socket

raise Success(socket.create_connection(("127.0.0.1", TCP), timeout=2).recv(100))
