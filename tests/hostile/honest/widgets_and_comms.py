"""Opens a comm, as interactive figures do.

says: opened
stock: run
"""
import comm

channel = comm.create_comm(target_name="figure", data={"a": 1})
channel.send({"b": 2})
channel.close()
print("opened")
