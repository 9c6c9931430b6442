"""Gives itself points in the gradebook.

says: OperationalError | FileNotFoundError | PermissionError
"""
import sqlite3

connection = sqlite3.connect(f"{COURSE}/gradebook.db")
connection.execute("update grade set manual_score = 1000")
connection.commit()
raise Success("1000 points")
