"""Starts and asks a server of its own on a unix socket.

says: pong
"""
import socket
import threading

server = socket.socket(socket.AF_UNIX)
server.bind("server.sock")
server.listen()


def answer():
    connection, _ = server.accept()
    connection.sendall(b"pong")
    connection.close()


threading.Thread(target=answer, daemon=True).start()
client = socket.socket(socket.AF_UNIX)
client.connect("server.sock")
print(client.recv(10).decode())
