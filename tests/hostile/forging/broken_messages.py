"""Sends messages that no Jupyter kernel sends.

stock: run
"""
kernel = get_ipython().kernel
for content in ({"data": 7}, {"data": {"a": [{}]}, "metadata": 3}, {"name": 1, "text": {}}, {}, {"data": None}):
    for kind in ("display_data", "execute_result", "stream", "error", "comm_open", "comm_msg", "status", "cake"):
        kernel.session.send(kernel.iopub_socket, kind, content, parent=kernel.get_parent())
