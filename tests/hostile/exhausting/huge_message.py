"""Sends the grader's client single messages of hundreds of megabytes.

says: output cut here | TimeLimit | BrokenOutput | KernelDied | MemoryError
"""
for _ in range(4):
    print("x" * 200_000_000)
