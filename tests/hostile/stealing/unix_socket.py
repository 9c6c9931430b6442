"""Connects to the unix socket of a service outside, by its path.

says: FileNotFoundError | PermissionError
stock: run
"""
import socket

connection = socket.socket(socket.AF_UNIX)
connection.connect(SOCKET)
raise Success(connection.recv(100))
