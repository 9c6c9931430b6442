"""Hidden graders of 06-capstone."""

from grader.checking import Topic

TOPIC = Topic(
    name="capstone",
    assignment="06-capstone",
    exercises={
        "stratified_split": ("stratified_split",),
        "capstone_cnn": ("CapstoneCNN",),
        "fit": ("fit",),
        "confusion_matrix": ("confusion_matrix",),
        "per_class_metrics": ("per_class_metrics", "accuracy", "macro_f1"),
    },
    forbidden=frozenset({"sklearn"}),
)
