"""Replies to the request that runs its cell with what is no reply.
"""
kernel = get_ipython().kernel
send = kernel.session.send
answers = [[1, 2], "text", {}, {"status": 7}, {"status": "error", "ename": {}, "evalue": [], "traceback": 7}]


def lie(stream, message, content=None, **options):
    if message == "execute_reply":
        content = answers[len(In) % len(answers)]
    return send(stream, message, content, **options)


kernel.session.send = lie
