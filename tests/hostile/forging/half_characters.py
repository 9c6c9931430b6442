"""Puts characters that no file can hold into outputs, names and messages of exceptions.
"""
from IPython.display import display

print("\ud800 \udfff \0")
display({"text/plain": "\ud800", "text/html": "<b>\udfff</b>", "text/\ud800": "x"}, raw=True)
error = type("\ud800", (Exception,), {})("\udfff")
raise error
