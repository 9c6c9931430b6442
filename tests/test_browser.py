"""In a real browser: what JupyterLab and formgrader show to instructors and students."""

from __future__ import annotations

import importlib.util
import os
import secrets
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from conftest import BIN, CONTRACT, answered, hand_in, make_course, nbgrader, solved
from nbgrader.api import Gradebook

CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        CHROMIUM is None or importlib.util.find_spec("playwright") is None,
        reason="needs chromium (Debian: apt install chromium) and pip install 'grader[browser]'",
    ),
]
MASTER, WORK = "source/01-convolution/convolution.ipynb", "work/convolution.ipynb"
SECONDS = 120  # for anything to appear
# JupyterLab draws only the cells in sight; these are all of them.
CODE_CELLS = "jupyterapp.shell.currentWidget.content.widgets.filter(cell => cell.model.type == 'code')"


@pytest.fixture(scope="module")
def course(tmp_path_factory) -> Path:
    """A course with one graded submission, and a student's own copy of the notebook in `work`."""
    exchange = tmp_path_factory.mktemp("exchange")
    exchange.chmod(0o777)
    folder = tmp_path_factory.mktemp("browser")
    course = make_course(folder, "convolution", settings=f"\nc.Exchange.root = {str(exchange)!r}\n")
    (course / "work").mkdir()
    nbformat.write(solved("convolution"), course / WORK)
    hand_in(course, "ada", answered())
    done = nbgrader(course, "autograde", "01-convolution")
    assert done.returncode == 0, done.stderr
    return course


@pytest.fixture(scope="module")
def server(course, tmp_path_factory) -> Iterator[str]:
    """The address of a JupyterLab in the course folder, with its token."""
    home, token = tmp_path_factory.mktemp("home"), secrets.token_hex()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        *(BIN / "jupyter", "lab", "--no-browser", "--allow-root", "--ip=127.0.0.1", f"--port={port}"),
        *("--ServerApp.port_retries=0", f"--IdentityProvider.token={token}"),
        "--LabApp.expose_app_in_browser=True",
    ]
    path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    variables = {**os.environ, "PATH": path, "HOME": str(home), "JUPYTER_RUNTIME_DIR": str(home)}
    with (home / "log").open("w+b") as log:
        lab = subprocess.Popen(command, cwd=course, env=variables, stdout=log, stderr=subprocess.PIPE)
        try:
            for line in lab.stderr:
                log.write(line)
                if f":{port}/lab?token=".encode() in line:
                    break
            else:
                pytest.fail((home / "log").read_text())
            # Its further words must go somewhere, or it would wait for us to read them.
            copier = subprocess.Popen(["cat"], stdin=lab.stderr, stdout=log)
            yield f"http://127.0.0.1:{port}/lab?token={token}"
        finally:
            lab.terminate()
            lab.wait()
            copier.wait()


@pytest.fixture
def browser(server):
    """A page of a browser that is logged in."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = chromium.new_page(viewport={"width": 1280, "height": 800}, base_url=server.partition("lab")[0])
        page.set_default_timeout(SECONDS * 1000)
        page.goto(server)
        yield page
        chromium.close()


def open_notebook(page, path: str) -> None:
    page.goto(f"/lab/tree/{path}?reset")
    page.wait_for_selector(".jp-Notebook")


def test_the_toolbar_shows_a_masters_points(browser, tmp_path):
    open_notebook(browser, MASTER)
    browser.locator("li[data-id^=nbgrader-create_ass]").click()
    browser.wait_for_function("document.querySelector('.nbgrader-TotalPointsInput')?.value === '22'")
    browser.screenshot(path=tmp_path / "toolbar.png")


def test_a_student_runs_a_notebook_and_validates_it(browser, course, tmp_path):
    open_notebook(browser, WORK)
    browser.get_by_role("menuitem", name="Run", exact=True).click()
    browser.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    browser.wait_for_function(f"{CODE_CELLS}.every(cell => cell.model.executionCount)")
    printed = browser.evaluate(f"JSON.stringify({CODE_CELLS}.map(cell => cell.model.outputs.toJSON()))")
    assert all(f"{exercise}: all visible checks passed" in printed for exercise in CONTRACT["convolution"])
    browser.get_by_role("button", name="Validate").click()
    browser.wait_for_selector(".jp-Dialog")
    dialog = browser.locator(".jp-Dialog")
    dialog.get_by_text("You did not provide a response").wait_for()  # to the question in words
    assert "YOUR ANSWER HERE" in dialog.inner_text()
    browser.screenshot(path=tmp_path / "validate.png")


def test_an_instructor_marks_the_question_in_words(browser, course, tmp_path):
    browser.goto("/formgrader/gradebook/01-convolution/convolution")
    row = browser.locator("#main-table tr").first
    row.get_by_text("20 / 22").wait_for()
    row.locator("a.name-hidden").click()
    browser.get_by_text("convolution/conv2d: 5 of 5 points").wait_for()
    field = browser.locator("#explain_convolution")
    field.scroll_into_view_if_needed()
    with browser.expect_response(lambda each: "/api/grade/" in each.url and each.request.method == "PUT"):
        field.fill("1.5")
        field.press("Tab")
    comment = browser.locator("#explain_convolution-comment")
    with browser.expect_response(lambda each: "/api/comment/" in each.url and each.request.method == "PUT"):
        comment.fill("A good beginning.")
        comment.press("Tab")
    browser.screenshot(path=tmp_path / "formgrader.png")
    browser.goto("/formgrader/gradebook/01-convolution/convolution")
    browser.locator("#main-table tr").first.get_by_text("21.5 / 22").wait_for()
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        submission = gradebook.find_submission("01-convolution", "ada")
        assert (submission.score, submission.needs_manual_grade) == (21.5, False)
