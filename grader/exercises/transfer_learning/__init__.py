"""Hidden graders of 05-transfer-learning."""

from grader.checking import Topic

TOPIC = Topic(
    name="transfer_learning",
    assignment="05-transfer-learning",
    exercises={
        "replace_head": ("replace_head",),
        "freeze_backbone": ("freeze_backbone", "trainable_summary"),
        "extract_features": ("extract_features",),
        "fine_tuning": ("unfreeze", "make_optimizer"),
        "train_head": ("train_head",),
    },
)
