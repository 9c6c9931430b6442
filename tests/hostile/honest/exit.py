"""Ends with exit(), as scripts do.

stock: run
"""
exit()
