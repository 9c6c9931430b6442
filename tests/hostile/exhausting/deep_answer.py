"""Returns lists in lists, 100,000 deep.

loses: conv2d
says: is expected | in time
"""


def conv2d(image, kernel, stride=1, padding=0):
    answer = []
    for _ in range(100_000):
        answer = [answer]
    return answer
