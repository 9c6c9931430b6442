"""Sends frames on the kernel's sockets that are no Jupyter messages, or are not signed.
"""
kernel = get_ipython().kernel
for frames in ([b"x"], [b"<IDS|MSG>"], [b"<IDS|MSG>", b"", b"{", b"{}", b"{}", b"{}"], [b""] * 50, [b"\xff" * 1000] * 7):
    kernel.iopub_socket.send_multipart(frames)
