"""`make site`: every page and link is there, nothing is loaded from elsewhere, and no solution is on it."""

from __future__ import annotations

import html
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from conftest import ROOT, TOPICS, read, solution_cells
from test_notebooks import leaks, secret_lines

from grader.checking.topic import find_topic
from web.__main__ import broken_links, page


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("web") / "site"
    command = [sys.executable, "-m", "web", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder


def words(path: Path) -> str:
    """A page's text, as it is read: highlighting cuts lines into pieces."""
    return html.unescape(re.sub(r"<[^>]*>", "", path.read_text(encoding="utf-8")))


def leaked(folder: Path, secrets: set[str]) -> list[str]:
    """Secrets in the text of pages, and in every file as it is."""
    text = "\n".join(words(path) for path in folder.rglob("*.html"))
    return leaks(folder, secrets) + [secret for secret in secrets if secret in text]


@pytest.mark.parametrize("topic", TOPICS)
def test_no_solution_is_on_the_site(site, topic):
    own = words(site / TOPICS[topic] / f"{topic}.html")
    assert [secret for secret in secret_lines(topic) if secret in own] == []
    # Elsewhere, what any notebook gives to students, and what a document quotes, is public.
    given = "\n".join(cell.source for name in TOPICS for cell in read("release", name).cells)
    given += "\n".join(path.read_text() for path in [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
    public = {secret for secret in secret_lines(topic) if secret in given}
    assert leaked(site, secret_lines(topic) - public) == []


def test_the_look_for_leaks_can_fail(site, tmp_path):
    """A page with one solution on it, highlighted as Sphinx does it, is found."""
    from pygments import highlight
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import PythonLexer

    source = solution_cells(read("source", "convolution"))["conv2d_batch"].source
    (tmp_path / "page.html").write_text(highlight(source, PythonLexer(), HtmlFormatter()))
    assert leaked(tmp_path, secret_lines("convolution"))


@pytest.mark.parametrize("topic", TOPICS)
def test_a_page_has_figures_and_its_downloads(site, topic):
    text = (site / TOPICS[topic] / f"{topic}.html").read_text()
    outputs = [output for cell in page(find_topic(topic)).cells for output in cell.get("outputs", [])]
    assert text.count("<img") >= sum("image/png" in output.get("data", {}) for output in outputs)
    assert "<math" in text
    released = sorted(path for path in (ROOT / "release" / TOPICS[topic]).iterdir())
    for path in released:
        (link,) = re.findall(rf'href="([^"]*/{re.escape(path.name)})"', text)
        assert (site / TOPICS[topic] / link).read_bytes() == path.read_bytes()


@pytest.mark.parametrize("topic", TOPICS)
def test_only_demonstrations_have_outputs(topic):
    for cell in page(find_topic(topic)).cells:
        if cell.get("outputs"):
            assert "demo" in cell.metadata.tags
            assert "nbgrader" not in cell.metadata
            kinds = {kind for output in cell.outputs for kind in output.get("data", {})}
            assert kinds <= {"image/png", "text/plain"}
    nbformat.validate(page(find_topic(topic)))


def test_every_document_is_on_the_site(site):
    for path in (ROOT / "docs").glob("*.md"):
        assert (site / "docs" / f"{path.stem}.html").is_file()
    index = words(site / "index.html")
    assert all(f"{number} · " in index for number in range(1, 7))


def test_links_are_checked(site, tmp_path):
    assert broken_links(site) == []
    (tmp_path / "a.html").write_text(
        '<a href="b.html">x</a><a href="#no">x</a><a href="#yes" id="yes">x</a><script src="https://x.org/y.js"></script>'
        '<a href="https://x.org">x</a>'
    )
    assert broken_links(tmp_path) == [
        "a.html: #no leads to no place on that page",
        "a.html: b.html leads nowhere",
        "a.html loads https://x.org/y.js",
    ]
