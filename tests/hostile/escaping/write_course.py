"""Writes into the course's folders.

says: nowhere
"""
for place in ("", "/source/01-convolution", "/submitted", "/autograded", "/feedback", "/release"):
    try:
        with open(f"{COURSE}{place}/{LEFTOVER}", "w") as file:
            file.write("here")
    except OSError:
        continue
    raise Success(place)
raise LookupError("nowhere")
