"""Updates one display without end.

says: output cut here | TimeLimit
"""
from IPython.display import HTML, display

handle = display("start", display_id=True)
while True:
    handle.update(HTML("<b>" * 10_000))
