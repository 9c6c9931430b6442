"""HTML pages from templates; everything that is put in is escaped."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from grader.checking.feedback import inline_code

_templates = Environment(
    loader=PackageLoader("grader.report"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_templates.filters["inline_code"] = lambda text: Markup(inline_code(text))  # noqa: S704 - is escaped


def write_page(path: Path, template: str, **values: Any) -> None:
    """Render `template` into a file; its folder is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_templates.get_template(template).render(values), encoding="utf-8")
