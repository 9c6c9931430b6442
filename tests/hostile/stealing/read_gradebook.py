"""Opens the gradebook.

says: OperationalError | FileNotFoundError | PermissionError
stock: run
"""
import sqlite3

connection = sqlite3.connect(f"file:{COURSE}/gradebook.db?mode=ro", uri=True)
raise Success(connection.execute("select id, last_name from student").fetchall())
