"""A small class of made-up students, and a walk with it from master notebook to grades."""
