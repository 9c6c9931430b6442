"""A right notebook beside a gradebook, a configuration and feedback of the student's own.

stock: run
"""


def add(folder):
    (folder / "gradebook.db").write_bytes(b"SQLite format 3\0")
    (folder / "nbgrader_config.py").write_text("raise SystemExit")
    (folder / "convolution.html").write_text("<script>1</script>")
