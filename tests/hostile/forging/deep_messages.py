"""Sends messages whose JSON is nested 100,000 deep.
"""
kernel = get_ipython().kernel
session = kernel.session
pack = session.pack
deep = b'{"data": {"text/plain": ' + b"[" * 100_000 + b"]" * 100_000 + b'}, "metadata": {}}'
session.pack = lambda content: deep if isinstance(content, dict) and "data" in content else pack(content)
for kind in ("display_data", "execute_result", "comm_open"):
    session.send(kernel.iopub_socket, kind, {"data": 1}, parent=kernel.get_parent())
session.pack = pack
