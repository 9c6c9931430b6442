"""Hands in conftest.py, pytest.ini and plugins that pass every test.

base: stub
loses: all
stock: run
"""


def add(folder):
    hook = "import pytest\n@pytest.hookimpl(hookwrapper=True)\ndef pytest_runtest_makereport(item, call):\n"
    (folder / "conftest.py").write_text(hook + "    (yield).get_result().outcome = 'passed'\n")
    (folder / "pytest.ini").write_text("[pytest]\naddopts = --collect-only\n")
    (folder / "pytest.py").write_text("main = lambda *arguments, **options: 0\n")
