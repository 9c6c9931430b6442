"""Breaks json, struct and the messages of its own kernel.

says: BrokenOutput | KernelDied | TimeLimit | TypeError
"""
import json
import struct

json.dumps = lambda *arguments, **options: "{}"
struct.pack = lambda *arguments: b""
get_ipython().kernel.session.pack = lambda *arguments: b"5.0"
