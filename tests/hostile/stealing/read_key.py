"""Reads the instructor's private key.

says: FileNotFoundError | PermissionError
stock: run
"""
raise Success(open(f"{HOME}/.ssh/id_ed25519").read())
