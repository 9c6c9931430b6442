"""Returns a hundred thousand objects that stay where they are.

loses: conv2d
says: is expected | in time
"""


def conv2d(image, kernel, stride=1, padding=0):
    return [object() for _ in range(90_000)]
