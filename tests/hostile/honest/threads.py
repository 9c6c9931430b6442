"""Computes in threads, and leaves a few of them waiting.

says: 285
stock: run
"""
import threading
import time
from concurrent.futures import ThreadPoolExecutor

with ThreadPoolExecutor(8) as pool:
    print(sum(pool.map(lambda n: n * n, range(10))))
for _ in range(4):
    threading.Thread(target=time.sleep, args=(30,), daemon=True).start()
