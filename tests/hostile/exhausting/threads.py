"""Starts threads without end.

base: stub
loses: all
says: can't start new thread | KernelDied | TimeLimit | MemoryError
"""
import threading
import time

while True:
    threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()
