"""Makes socket files without end, where the kernel's own sockets lie: outside of the scratch folder.

says: more than 64 sockets | PermissionError | OSError | FileNotFoundError
"""
import os
import socket

from ipykernel.connect import get_connection_file

folder = os.path.dirname(get_connection_file())
for number in range(2_000):
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"{folder}/{number}")
raise Success(folder)
