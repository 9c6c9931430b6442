"""Prints thousands of lines, in cells and in the function.

says: line 99
stock: run
"""
for number in range(5000):
    print("line", number)
