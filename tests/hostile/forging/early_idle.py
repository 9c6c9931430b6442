"""Says that it is idle, and that its cell succeeded, while it goes on.

stock: run
"""
kernel = get_ipython().kernel
kernel.session.send(kernel.iopub_socket, "status", {"execution_state": "idle"}, parent=kernel.get_parent())
kernel.session.send(kernel.iopub_socket, "status", {"execution_state": "dead"}, parent=kernel.get_parent())
