"""The vocabulary that graders are written in.

A grader is a pytest module, `grader/exercises/<topic>/test_<exercise>.py`. Each of its test functions is
a check: its docstring's first line is the title that students read, `@points` says what it is worth, and
the `student` fixture calls the student's functions, which live in another process.
"""

from grader.checking.expect import expect_array, expect_int, expect_unchanged, expect_value_error, fail
from grader.checking.mistakes import mistake
from grader.checking.plugin import points
from grader.checking.student import CheckFailed, NotAttempted, Student, StudentRaised
from grader.checking.topic import NUMPY_ONLY, Topic

__all__ = [
    "NUMPY_ONLY",
    "CheckFailed",
    "NotAttempted",
    "Student",
    "StudentRaised",
    "Topic",
    "expect_array",
    "expect_int",
    "expect_unchanged",
    "expect_value_error",
    "fail",
    "mistake",
    "points",
]
