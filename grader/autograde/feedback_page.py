"""The feedback page: nbgrader's, with what to do next at its top, and no script but MathJax's."""

from __future__ import annotations

import base64
import hashlib
import re
from html import escape
from pathlib import Path
from typing import Any

import nbgrader
from bs4 import BeautifulSoup
from nbconvert.exporters import HTMLExporter
from nbconvert.preprocessors.sanitize import SanitizeHTML
from nbformat import NotebookNode
from traitlets import default

from grader.checking.feedback import inline_code
from grader.checking.submission import is_test

_MATHJAX = """
window.MathJax = {
  TeX: {equationNumbers: {autoNumber: "AMS", useLabelIds: true}},
  tex2jax: {inlineMath: [["$", "$"], ["\\\\(", "\\\\)"]], displayMath: [["$$", "$$"], ["\\\\[", "\\\\]"]],
            processEscapes: true, processEnvironments: true},
  displayAlign: "center", messageStyle: "none", CommonHTML: {linebreaks: {automatic: true}}
};
"""
_HASH = base64.b64encode(hashlib.sha256(_MATHJAX.encode()).digest()).decode()
#: Whatever gets into the page: nothing runs but MathJax, and nothing else is loaded or sent.
#: MathJax evaluates its own files; what stands in the page has no way to ask for that.
POLICY = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    f"script-src 'sha256-{_HASH}' 'unsafe-eval' https://cdnjs.cloudflare.com/ajax/libs/mathjax/2.7.7/; "
    "font-src https://cdnjs.cloudflare.com/ajax/libs/mathjax/2.7.7/"
)
_HEAD = (
    '<meta charset="utf-8" />\n'
    f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
    '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
    f"<script>{_MATHJAX}</script>"
)
_TOC = re.compile(r'<div id="toc">.*?</div>', re.DOTALL)
_MATHJAX_CONFIG = re.compile(r'<script type="text/x-mathjax-config">.*?</script>', re.DOTALL)
_sanitize = SanitizeHTML(enabled=True)


class FeedbackExporter(HTMLExporter):
    """nbgrader's feedback page with a better top; it goes with the steps of `nbgrader generate_feedback`."""

    @default("template_name")
    def _template_name_default(self) -> str:
        return "feedback"

    @default("extra_template_basedirs")
    def _extra_template_basedirs_default(self) -> list[str]:
        return [str(Path(nbgrader.__file__).parent / "server_extensions" / "formgrader" / "templates")]

    def _preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        nb, resources = super()._preprocess(nb, resources)
        for cell in nb.cells:  # nbgrader puts comments into the page as HTML
            comment = _meta(cell).get("comment")
            if comment:
                cell.metadata.nbgrader.comment = _sanitize.sanitize_html_tags(comment)
        self._next_steps = next_steps(nb, resources["nbgrader"]["late_penalty"])
        return nb, resources

    def from_notebook_node(
        self, nb: NotebookNode, resources: dict[str, Any] | None = None, **kwargs: Any
    ) -> tuple[str, dict[str, Any]]:
        """See nbconvert. Raises ValueError if nbgrader's page is not as expected."""
        page, resources = super().from_notebook_node(nb, resources, **kwargs)
        page = _without_handlers(page)
        page = _replace("<html>", '<html lang="en">', page)
        page = _replace('<meta charset="utf-8"/>', _HEAD, page)
        for pattern, new in ((_MATHJAX_CONFIG, ""), (_TOC, self._next_steps)):
            found = pattern.search(page)
            if found is None:
                raise ValueError(f"nbgrader's feedback page has no {pattern.pattern}")
            page = page[: found.start()] + new + page[found.end() :]
        return page, resources


def _without_handlers(page: str) -> str:
    """Markdown makes links after the sanitizer has seen it: leave those to pages only, and no handlers."""
    soup = BeautifulSoup(page, "html.parser")
    for tag in soup.find_all(lambda tag: any(name.startswith("on") for name in tag.attrs)):
        tag.attrs = {name: value for name, value in tag.attrs.items() if not name.startswith("on")}
    for link in soup.find_all(href=True):
        scheme, colon, _ = re.sub(r"[\x00-\x20]", "", link["href"]).partition(":")
        if colon and scheme.isalnum() and scheme.lower() not in ("http", "https", "mailto"):
            del link["href"]
    return str(soup)


def _replace(old: str, new: str, page: str) -> str:
    if old not in page:
        raise ValueError(f"nbgrader's feedback page has no {old}")
    return page.replace(old, new, 1)


def next_steps(notebook: NotebookNode, late_penalty: float) -> str:
    """HTML: the exercises to go on with, each with a reason, then what is done and what was commented.

    notebook: a graded one, with nbgrader's scores and comments in the cells' metadata.
    """
    todo, missing, rest = [], [], []
    for cell in notebook.cells:
        meta = _meta(cell)
        if (meta.get("comment") or "No response.") != "No response.":  # which nbgrader itself writes
            rest.append(f"{_link('comment-' + meta['grade_id'], 'a comment')} by your instructor")
        if not meta.get("grade"):
            continue
        score = f"{meta['score']:g} of {meta['points']:g} points"
        link = _link(meta["grade_id"], meta["grade_id"].removeprefix("test_"))
        if not is_test(cell):
            rest.append(f"{link}, marked by a person: {score}")
        elif meta["score"] >= meta["points"]:
            rest.append(f"{link}: {score}")
        elif all(check["status"] == "not attempted" for check in _checks(cell)) and _checks(cell):
            missing.append(f"{link} ({score})")
        else:
            reason = _reason([check for check in _checks(cell) if check["status"] != "passed"])
            todo.append(f"<strong>{link}</strong> ({score}): {reason}")
    if late_penalty > 0:
        rest.append(f"{late_penalty:g} points less for the late submission")
    parts = []
    if todo:
        parts.append(f"<p>Go on with these, in this order:</p>{_list('ol', todo)}")
    if missing:
        parts.append(f"<p>Not attempted yet: {', '.join(missing)}.</p>")
    if not parts:
        parts.append("<p>All exercises have full points: there is nothing left to do.</p>")
    if rest:
        parts.append(f"<p>Besides:</p>{_list('ul', rest)}")
    return (
        '<section aria-labelledby="next"><h2 id="next" style="font-size:20px">What to do next</h2>'
        f'<div style="font-size:15px;max-width:75ch">{"".join(parts)}</div></section>'
    )


def _meta(cell: NotebookNode) -> dict[str, Any]:
    return cell.metadata.get("nbgrader") or {}


def _checks(cell: NotebookNode) -> list[dict[str, Any]]:
    for output in cell.outputs:
        result = output.get("metadata", {}).get("grader")
        if result:
            return result["checks"]
    return []


def _reason(lost: list[dict[str, Any]]) -> str:
    """HTML: the first recognised mistake, else the first message."""
    check = next((check for check in lost if check["mistake"]), lost[0] if lost else None)
    return inline_code(check["mistake"] or check["message"]) if check else "see what stands there"


def _link(target: str, text: str) -> str:
    return f'<a href="#{escape(target)}">{escape(text)}</a>'


def _list(kind: str, items: list[str]) -> str:
    return f"<{kind}>{''.join(f'<li>{item}</li>' for item in items)}</{kind}>"
