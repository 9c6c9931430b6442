"""Opens files until no descriptor is left.

loses: conv2d
says: Too many open files | in time
"""
kept = []


def conv2d(image, kernel, stride=1, padding=0):
    while True:
        kept.append(open("/dev/null"))
