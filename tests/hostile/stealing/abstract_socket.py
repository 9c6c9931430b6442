"""Connects to the abstract unix socket of a service outside, which has no path to protect.

says: PermissionError | ConnectionRefusedError
stock: run
"""
import socket

connection = socket.socket(socket.AF_UNIX)
connection.connect(ABSTRACT)
raise Success(connection.recv(100))
