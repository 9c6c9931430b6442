"""Looks for the connection files of other kernels, with whose keys it could talk to them.

says: only its own
stock: run
"""
import glob
import json
import tempfile

from ipykernel.connect import get_connection_file

own = json.load(open(get_connection_file()))["key"] if glob.glob(get_connection_file()) else None
places = ("/tmp/*/*.json", tempfile.gettempdir() + "/*/*.json", HOME + "/.local/share/jupyter/runtime/*.json")
for place in places:
    for path in glob.glob(place):
        try:
            key = json.load(open(path)).get("key")
        except (OSError, ValueError, AttributeError):
            continue
        if key and key != own:
            raise Success(path)
raise LookupError("only its own")
