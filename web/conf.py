"""Sphinx's settings for `make site`: notebooks and documents as pages that load nothing from elsewhere."""

from docutils import nodes
from latex2mathml.converter import convert

project = "Convolutional and recurrent networks"
language = "en"
extensions = ["myst_nb"]
exclude_patterns = ["files"]  # what is there to download
html_theme = "furo"
html_title = project
html_static_path = ["button.css"]
html_css_files = ["button.css"]
html_copy_source = False
html_show_copyright = False
html_show_sphinx = False

nb_execution_mode = "off"  # the figures are the masters'
myst_enable_extensions = ["amsmath", "dollarmath"]
myst_heading_anchors = 3
suppress_warnings = ["misc.highlighting_failure"]


def _inline(self, node):
    self.body.append(convert(node.astext()))
    raise nodes.SkipNode


def _block(self, node):
    self.body.append(f'<div class="math">{convert(node.astext(), display="block")}</div>')
    raise nodes.SkipNode


def setup(app):
    """MathML, which browsers show without a script."""
    app.add_html_math_renderer("mathml", (_inline, None), (_block, None))


html_math_renderer = "mathml"
