"""`make site`: the student versions with the masters' figures, and the documents, as static pages."""

from __future__ import annotations

import shutil
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import nbformat
from nbformat import NotebookNode
from sphinx.cmd.build import build_main

from grader.checking.topic import Topic, all_topics

ROOT = Path(__file__).parents[1]
INDEX = """# Convolutional and recurrent networks

A course in notebooks. Read a page, download its notebook, and solve the exercises in JupyterLab.

"""
SHOWN = ("image/png", "text/plain")  # kinds of output that are taken over


def main() -> int:
    """Build in build/site (or in the folder given) and check the links; 1 if anything is wrong."""
    target = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build" / "site").resolve()
    source = target.parent / f"{target.name}-source"
    for folder in (source, target):
        shutil.rmtree(folder, ignore_errors=True)
    write_source(source)
    options = [
        "-b",
        "html",
        "-c",
        str(ROOT / "web"),
        "-d",
        str(source / ".doctrees"),
        "-W",
        "--keep-going",
        "-q",
    ]
    if build_main([*options, str(source), str(target)]):
        return 1
    problems = broken_links(target)
    for problem in problems:
        print(problem, file=sys.stderr)
    if not problems:
        print(target / "index.html")
    return bool(problems)


def write_source(folder: Path) -> None:
    """What Sphinx makes the pages of."""
    topics = all_topics()
    for topic in topics:
        release = ROOT / "release" / topic.assignment
        shutil.copytree(release, folder / "files" / topic.assignment)
        (folder / topic.assignment).mkdir()
        nbformat.write(page(topic), folder / topic.assignment / f"{topic.name}.ipynb")
    documents = sorted((ROOT / "docs").glob("*.md"))
    shutil.copytree(ROOT / "docs", folder / "docs")
    for name in ("CONTRIBUTING.md", "CHANGELOG.md", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder)
    listed = [f"{topic.assignment}/{topic.name}" for topic in topics]
    about = ["README", *(f"docs/{path.stem}" for path in documents), "CONTRIBUTING", "CHANGELOG"]
    index = INDEX
    for caption, names in (("The course", listed), ("About it", about)):
        index += f"```{{toctree}}\n:caption: {caption}\n:maxdepth: 1\n\n" + "\n".join(names) + "\n```\n\n"
    (folder / "index.md").write_text(index)


def page(topic: Topic) -> NotebookNode:
    """The student version with the figures of the master's demonstrations, and links to download it."""
    folder = ROOT / "release" / topic.assignment
    notebook = nbformat.read(folder / f"{topic.name}.ipynb", as_version=4)
    master = nbformat.read(ROOT / "source" / topic.assignment / f"{topic.name}.ipynb", as_version=4)
    demos = {cell.source: cell.outputs for cell in master.cells if "demo" in cell.metadata.get("tags", [])}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [_shown(output) for output in demos.get(cell.source, [])]
    names = sorted(path.name for path in folder.iterdir())
    links = " ".join(f"{{download}}`Download {name} <../files/{topic.assignment}/{name}>`" for name in names)
    title, _, rest = notebook.cells[0].source.partition("\n")
    notebook.cells[0].source = f"{title}\n\n{links}\n{rest}"
    return notebook


def _shown(output: NotebookNode) -> NotebookNode:
    if "data" in output:
        output.data = NotebookNode({kind: output.data[kind] for kind in SHOWN if kind in output.data})
    return output


class _Links(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.targets: set[str] = set()
        self.loaded: set[str] = set()
        self.ids: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "id":
                self.ids.add(value or "")
            elif name == "src" or (name == "href" and tag == "link"):
                self.loaded.add(value or "")
            elif name == "href":
                self.targets.add(value or "")


def broken_links(folder: Path) -> list[str]:
    """Links inside the site that lead nowhere, and whatever a page would load from elsewhere."""
    pages = {path: _Links(path.read_text(encoding="utf-8")) for path in folder.rglob("*.html")}
    problems = []
    for path, links in pages.items():
        where = path.relative_to(folder)
        for link in sorted(links.targets | links.loaded):
            parts = urlsplit(link)
            if parts.scheme == "data" or (parts.scheme and link not in links.loaded):
                continue
            if parts.scheme or parts.netloc:
                problems.append(f"{where} loads {link}")
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if not target.exists():
                problems.append(f"{where}: {link} leads nowhere")
            elif parts.fragment and target in pages and unquote(parts.fragment) not in pages[target].ids:
                problems.append(f"{where}: {link} leads to no place on that page")
    return problems


if __name__ == "__main__":
    raise SystemExit(main())
