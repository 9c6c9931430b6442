"""Hidden graders of 01-convolution."""

from grader.checking import NUMPY_ONLY, Topic

TOPIC = Topic(
    name="convolution",
    assignment="01-convolution",
    exercises={
        "conv_output_size": ("conv_output_size",),
        "conv2d": ("conv2d",),
        "pooling": ("max_pool2d", "avg_pool2d"),
        "conv2d_batch": ("conv2d_batch",),
        "conv2d_backward": ("conv2d_backward",),
    },
    forbidden=NUMPY_ONLY,
)
