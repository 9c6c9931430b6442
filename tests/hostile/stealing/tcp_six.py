"""Connects to an IPv4 service through an IPv6 socket.

says: PermissionError | OSError
stock: run
"""
import socket

connection = socket.socket(socket.AF_INET6)
connection.settimeout(2)
connection.connect((f"::ffff:127.0.0.1", TCP))
raise Success(connection.recv(100))
