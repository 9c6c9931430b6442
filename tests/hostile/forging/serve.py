"""Replaces the function that makes its kernel answer by one that praises itself.

base: stub
loses: all
"""
get_ipython().user_ns["__serve__"] = lambda: print("2.0")
globals()["__serve__"] = lambda: print("2.0")
