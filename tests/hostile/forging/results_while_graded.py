"""Publishes results from a thread, all the time that the grader is at work.

base: stub
loses: all
stock: run
"""
import threading
import time

kernel = get_ipython().kernel
content = {"execution_count": 1, "data": {"text/plain": "5.0"}, "metadata": {"grader": {"score": 5}}}


def publish():
    for _ in range(500):
        kernel.session.send(kernel.iopub_thread, "execute_result", content, parent=kernel.get_parent())
        time.sleep(0.01)


threading.Thread(target=publish, daemon=True).start()
