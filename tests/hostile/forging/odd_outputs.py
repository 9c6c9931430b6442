"""Displays types of data that are not what they say: images, JSON, scripts, widgets.
"""
from IPython.display import display

for kind, data in {
    "image/png": "no base64",
    "image/svg+xml": "<svg onload='alert(1)'>",
    "application/javascript": "alert(1)",
    "application/json": float("nan"),
    "application/vnd.jupyter.widget-view+json": {"model_id": "../.."},
    "text/latex": "\\href{javascript:alert(1)}{x}",
    "text/markdown": "<script>alert(1)</script>",
    "": "nothing",
    "text/html": "<meta http-equiv=refresh content=0><form><iframe src=javascript:alert(1)>",
}.items():
    display({kind: data, "text/plain": ""}, raw=True)
