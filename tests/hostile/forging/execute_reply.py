"""Replies to the request that runs its cell with what is no reply.

topic: rnn
says: ran for too long
"""
kernel = get_ipython().kernel
send = kernel.session.send


def lie(stream, message, content=None, **options):
    if message == "execute_reply":
        content = [1, 2]
    return send(stream, message, content, **options)


kernel.session.send = lie
