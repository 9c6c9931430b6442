"""Sends messages whose binary buffers are large, not their texts.

says: TimeLimit | output cut here | BrokenOutput | KernelDied | done
"""
kernel = get_ipython().kernel
content = {"data": {"text/plain": "small"}, "metadata": {}}
for _ in range(20):
    kernel.session.send(
        kernel.iopub_socket, "display_data", content, parent=kernel.get_parent(), buffers=[bytes(10**8)]
    )
print("done")
