"""A socket.

loses: all
refused: yes
says: ear (a socket)
"""
import os
import socket


def add(folder):
    here = os.open(".", os.O_RDONLY)
    os.chdir(folder)  # a socket's path has to be short
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("ear")
    os.fchdir(here)
    os.close(here)
