"""Hidden graders of 03-rnn."""

from grader.checking import NUMPY_ONLY, Topic

TOPIC = Topic(
    name="rnn",
    assignment="03-rnn",
    exercises={
        "rnn_cell": ("SimpleRNNCell",),
        "bptt": ("bptt",),
        "gradient_norms": ("gradient_norms",),
        "clip_by_global_norm": ("clip_by_global_norm",),
    },
    forbidden=NUMPY_ONLY,
)
