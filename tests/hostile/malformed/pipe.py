"""A named pipe, which never ends when it is read.

loses: all
refused: yes
says: pipe (a named pipe)
"""
import os


def add(folder):
    os.mkfifo(folder / "pipe")
