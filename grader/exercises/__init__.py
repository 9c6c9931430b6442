"""The hidden graders, one folder a topic."""

#: Must never turn up in anything that a student gets to see; tests look for it.
CANARY = "canary-4f1b7c0e-hidden-graders"
