"""The feedback page: what to do next stands at its top, and nothing in it can run, whoever wrote it."""

from __future__ import annotations

import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import pytest
from conftest import CONTRACT, hand_in, make_course, nbgrader, solution_cells, solved
from nbgrader.api import Gradebook

TOPIC, ASSIGNMENT = "convolution", "01-convolution"

RUN = "document.documentElement.dataset.ran=1"
HTML = (
    f"<script>{RUN}</script><img src=x onerror={RUN}><svg onload={RUN}></svg>"
    f"<details open ontoggle={RUN}>x</details>"
    f'<iframe srcdoc="<script>parent.{RUN}</script>"></iframe><a id=click href="javascript:{RUN}">x</a>'
    f"<form action=https://example.org><input autofocus onfocus={RUN}></form>"
)
STUDENT = f"<img src=x onerror={RUN}>"  # as a name and as an id

OUTPUTS = f"""
from IPython.display import display, Javascript
page = {HTML!r}
kinds = "text/html text/markdown text/latex image/svg+xml application/javascript text/plain"
for kind in kinds.split():
    display({{kind: page}}, raw=True)
width = {{"image/png": {{"width": "1 onerror={RUN}"}}}}
display({{"image/png": '"><script>{RUN}</script>'}}, raw=True, metadata=width)
print(page)
print("\\x1b[31m" + page)
raise type("<b>E", (Exception,), {{}})(page)
"""
RAISES = f"def conv2d(image, kernel, stride=1, padding=0):\n    raise ValueError({HTML!r})"


@pytest.fixture(scope="module")
def page(tmp_path_factory) -> Path:
    """The feedback on a hostile submission, with hostile names and comments, by the real nbgrader."""
    course = make_course(tmp_path_factory.mktemp("feedback"), TOPIC)
    notebook = solved(TOPIC, "conv_output_size", "pooling")
    solution_cells(notebook)["conv2d"].source = RAISES
    notebook.cells.insert(2, nbformat.v4.new_code_cell(OUTPUTS))
    notebook.cells.insert(2, nbformat.v4.new_markdown_cell(f"{HTML}\n\n[x](javascript:{RUN}) ![x](x.png)"))
    ids = {cell.metadata.get("nbgrader", {}).get("grade_id"): cell for cell in notebook.cells}
    ids["explain_convolution"].source = HTML
    hand_in(course, STUDENT, notebook)
    assert nbgrader(course, "autograde", ASSIGNMENT).returncode == 0
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        gradebook.update_or_create_student(STUDENT, first_name=STUDENT, last_name=STUDENT)
        for name in ("conv2d", "explain_convolution"):
            comment = gradebook.find_comment(name, TOPIC, ASSIGNMENT, STUDENT)
            comment.manual_comment = f"{HTML} [x](javascript:{RUN})"
        gradebook.db.commit()
    done = nbgrader(course, "generate_feedback", ASSIGNMENT)
    assert done.returncode == 0, done.stderr
    return course / "feedback" / STUDENT / ASSIGNMENT / f"{TOPIC}.html"


class Page(HTMLParser):
    """What could run in a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.scripts: list[str] = []
        self.dangers: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "script":
            self.scripts.append(dict(attrs).get("src") or "")
        if tag in ("iframe", "object", "embed", "form", "base", "input"):
            self.dangers.append(tag)
        for name, value in attrs:
            if name.startswith("on") or re.match(r"\s*javascript:", value or "", re.IGNORECASE):
                self.dangers.append(f"{tag} {name}={value}")


def test_nothing_in_the_page_can_run(page):
    found = Page(page.read_text())
    assert found.scripts[0] == ""  # MathJax's settings
    assert found.scripts[1].startswith("https://cdnjs.cloudflare.com/ajax/libs/mathjax/2.7.7/")
    assert len(found.scripts) == 2
    assert found.dangers == []


def test_the_look_for_dangers_can_fail():
    found = Page(HTML)
    assert found.scripts
    tags = {danger.split()[0] for danger in found.dangers}
    assert tags >= {"img", "svg", "details", "iframe", "a", "form", "input"}


def test_the_policy_stands_before_everything(page):
    text = page.read_text()
    policy = re.search(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)"', text)
    assert "default-src 'none'" in policy[1]
    assert "unsafe-inline" not in policy[1].partition("script-src")[2].partition(";")[0]
    assert policy.start() < text.index("<script")


def test_what_to_do_next(page):
    text = page.read_text()
    top = text[text.index("What to do next") : text.index('id="notebook"')]
    todo, rest = top.split("Not attempted yet")
    assert re.findall(r'href="#([^"]*)"', todo) == ["test_conv2d"]
    assert "0 of 5 points" in todo
    others = [f"test_{name}" for name in CONTRACT[TOPIC] if name != "conv2d"]
    assert sorted(re.findall(r'href="#(test_[^"]*)"', rest)) == sorted(others)
    assert "a comment" in rest
    for target in re.findall(r'href="#([^"]*)"', top):
        assert f'name="{target}"' in text


# In a real browser

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def ran(page: Path, profile: Path) -> bool:
    """Whether one of the payloads ran in Chromium."""
    command = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={profile}"]
    command += ["--virtual-time-budget=4000", "--dump-dom", page.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert "</html>" in done.stdout, done.stderr
    return re.search(r"<html[^>]* data-ran=", done.stdout) is not None


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine")
def test_nothing_runs_in_a_browser(page, tmp_path):
    naked = tmp_path / "naked.html"
    naked.write_text(f"<!DOCTYPE html><html><body>{HTML}</body></html>")
    assert ran(naked, tmp_path / "profile")  # the payloads are alive
    assert not ran(page, tmp_path / "profile")


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine")
def test_the_policy_alone_would_do(page, tmp_path):
    """Were a payload to get through, the page's policy would still stop it."""
    leaky = tmp_path / "leaky.html"
    text = page.read_text()
    leaky.write_text(text.replace("</body>", f"{HTML}</body>"))
    assert HTML in leaky.read_text()
    assert not ran(leaky, tmp_path / "profile")
