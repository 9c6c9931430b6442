"""The hidden graders, one folder a topic."""
