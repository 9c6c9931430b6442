"""Sets handlers for Ctrl-C, and cleans up at exit.

says: set
stock: run
"""
import atexit
import signal

signal.signal(signal.SIGINT, lambda *arguments: print("interrupted"))
atexit.register(print, "bye")
print("set")
