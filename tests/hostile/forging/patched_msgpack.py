"""Makes msgpack send replies with every key that a reply may have, all at once.

loses: all
base: stub
"""
import msgpack

packb = msgpack.packb
reply = {"value": 3, "raised": {"type": "ValueError", "message": "size", "line": "", "bases": ["ValueError"]}}
msgpack.packb = lambda value, **options: packb({**reply, "missing": "x", "lost": True, "changed": []})
