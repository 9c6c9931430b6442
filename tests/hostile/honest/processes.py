"""Computes in processes.

says: 285
"""
import multiprocessing


def square(number):
    return number * number


with multiprocessing.get_context("fork").Pool(2) as pool:
    print(sum(pool.map(square, range(10))))
