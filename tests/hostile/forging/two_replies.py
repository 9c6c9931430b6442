"""Answers every request twice, so that the grader reads old answers.

base: stub
loses: all
"""
from grader.kernel import wire

send = wire.send


def twice(*arguments, **options):
    send(*arguments, **options)
    send(*arguments, **options)


wire.send = twice
