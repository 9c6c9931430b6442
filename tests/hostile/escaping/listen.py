"""Opens a port to the world.

says: PermissionError | OSError
"""
import socket

raise Success(socket.create_server(("0.0.0.0", 0)).getsockname())
