"""Opens comms with large states without end: messages that are no output.

says: TimeLimit | output cut here | BrokenOutput
"""
import uuid

kernel = get_ipython().kernel
state = {"_model_name": "OutputModel", "_model_module": "@jupyter-widgets/output", "text": "x" * 2**22}
while True:
    content = {"comm_id": uuid.uuid4().hex, "target_name": "jupyter.widget", "data": {"state": state}}
    kernel.session.send(kernel.iopub_socket, "comm_open", content, parent=kernel.get_parent())
