"""Hidden graders of 04-lstm."""

from grader.checking import Topic

TOPIC = Topic(
    name="lstm",
    assignment="04-lstm",
    exercises={
        "create_sequences": ("create_sequences", "split_chronologically"),
        "lstm_cell": ("lstm_cell",),
        "sine_lstm": ("SineLSTM",),
        "train_lstm": ("train_lstm", "persistence_mse"),
        "rollout": ("rollout",),
    },
)
