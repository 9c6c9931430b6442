"""Returns an integer of 100 million bits.

loses: conv_output_size
says: is expected | in time
"""


def conv_output_size(size, kernel, stride=1, padding=0, dilation=1):
    return 1 << 10**8
