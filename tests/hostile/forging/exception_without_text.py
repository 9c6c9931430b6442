"""Raises an exception that raises an exception when it is shown.
"""


class Riddle(Exception):
    def __str__(self):
        raise Riddle

    __repr__ = __str__


raise Riddle
