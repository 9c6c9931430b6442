"""Puts a finder in front of the import system and waits for the grader to be imported.

loses: conv2d
says: nothing of the grader was imported
stock: run
"""
import sys

wanted = []


class Finder:
    @staticmethod
    def find_spec(name, path=None, target=None):
        wanted.append(name)


sys.meta_path.insert(0, Finder)


def conv2d(image, kernel, stride=1, padding=0):
    found = [name for name in wanted if name.startswith("grader.exercises")]
    if found:
        raise Success(found)
    raise LookupError("nothing of the grader was imported")
