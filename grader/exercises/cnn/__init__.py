"""Hidden graders of 02-cnn."""

from grader.checking import Topic

TOPIC = Topic(
    name="cnn",
    assignment="02-cnn",
    exercises={
        "simple_cnn": ("SimpleCNN",),
        "count_parameters": ("count_parameters",),
        "receptive_field": ("receptive_field",),
        "training_loop": ("train_epoch", "evaluate"),
        "fit": ("fit",),
        "feature_maps": ("first_layer_filters", "feature_maps"),
    },
)
