"""Asks the name service for a host on the internet.

says: gaierror
stock: run
"""
import socket

raise Success(socket.getaddrinfo("example.org", 80))
