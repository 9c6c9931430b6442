"""Raises an exception whose class pretends to be whatever is expected.

loses: conv_output_size
stock: run
"""


class Liar(type):
    __name__ = "ValueError"
    __mro__ = (ValueError, Exception)

    def __instancecheck__(cls, instance):
        return True

    def __subclasscheck__(cls, subclass):
        return True


class Lie(Exception, metaclass=Liar):
    pass


def conv_output_size(size, kernel, stride=1, padding=0, dilation=1):
    raise Lie("size kernel stride padding dilation")
