# Erin handed in what she was given.
