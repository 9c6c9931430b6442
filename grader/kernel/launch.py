"""The program of a student's process: limits itself, then becomes an ordinary Jupyter kernel.

Started as `python -P -m grader.kernel.launch --channel FD --memory BYTES [--forbid NAMES] -f FILE`.
Imports nothing that a student may not read.
"""

from __future__ import annotations

import argparse
import resource
import sys

import numpy  # noqa: F401 - loaded before the student's folder can shadow it
from ipykernel.ipkernel import IPythonKernel
from ipykernel.kernelapp import IPKernelApp

from grader.kernel import worker

OWN = ("grader.checking", "grader.exercises", "grader.autograde")  # no business of a student's process


def forbid_imports(packages: frozenset[str]) -> None:
    """Make the import of these top-level packages an ImportError, for good: audit hooks stay."""

    def hook(event: str, arguments: tuple) -> None:
        if event == "import" and isinstance(arguments[0], str):
            name = arguments[0]
            if name.partition(".")[0] in packages:
                raise ImportError(f"{name} cannot be used here: this notebook has to do without it")
            if name.startswith(OWN):
                raise ImportError(f"{name} is not available to notebooks that are being graded")

    sys.addaudithook(hook)


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--channel", type=int, required=True)
    parser.add_argument("--memory", type=int, required=True)
    parser.add_argument("--forbid", default="")
    options, kernel_arguments = parser.parse_known_args(argv)

    resource.setrlimit(resource.RLIMIT_DATA, (options.memory, options.memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    app = IPKernelApp.instance(kernel_class=IPythonKernel)
    app.initialize(kernel_arguments)
    # A file of the student's may be imported, but never in place of an installed module.
    sys.path[:] = [*(entry for entry in sys.path if entry), ""]
    # exit() and quit() end a cell here, not the kernel.
    app.shell.ask_exit = lambda: None
    app.shell.user_ns_hidden["__serve__"] = None
    app.shell.user_ns["__serve__"] = lambda: worker.serve(options.channel, app.shell.user_ns)
    forbid_imports(frozenset(options.forbid.split(",")) - {""})
    app.start()


if __name__ == "__main__":
    main()
