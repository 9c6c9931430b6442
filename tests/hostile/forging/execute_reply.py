"""Replies to the request that runs its cell with what is no reply.

topic: rnn
says: ran for too long
"""
# Every cell from here on waits until its time is up. 03-rnn has few enough for the notebook's time.
kernel = get_ipython().kernel
send = kernel.session.send


def lie(stream, message, content=None, **options):
    if message == "execute_reply":
        content = [1, 2]
    return send(stream, message, content, **options)


kernel.session.send = lie
