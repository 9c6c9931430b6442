"""Figures that are measured: thresholds that follow from trials, and what refuses to be one."""

from __future__ import annotations

import dataclasses
import statistics

import numpy as np
import pytest

from grader.__main__ import main
from grader.checking import calibration
from grader.checking.calibration import NotCalibrated, calibrate, load, save, threshold, trials
from grader.checking.topic import all_topics
from grader.measure.baselines import DataSet, Trivial, data_sets, measure, measure_trivial


def test_a_right_solution_hardly_ever_falls_below():
    """Of trials like those that were measured, fewer than 1 in 1,000 are below the threshold."""
    rng = np.random.default_rng(0)
    below = 0
    for _ in range(200):
        result = calibrate("accuracy", rng.normal(0.9, 0.01, 20), [0.88 - 0.2] * 20)
        below += np.mean(rng.normal(0.9, 0.01, 5000) < result.threshold)
    assert below / 200 < 1 / 1000


def test_a_steady_solution_is_left_some_room():
    assert calibrate("accuracy", [0.9] * 12, [0.5] * 12).threshold == pytest.approx(0.8)


def test_too_few_trials_or_a_baseline_too_near_are_refused():
    with pytest.raises(NotCalibrated, match="at least 10"):
        calibrate("accuracy", [0.9] * 9, [0.1] * 9)
    with pytest.raises(NotCalibrated, match="would not tell"):
        calibrate("accuracy", [0.9, 0.8] * 5, [0.7] * 10)


def test_calibrations_survive_their_file(tmp_path):
    stored = {"cnn/fit": calibrate("accuracy", np.linspace(0.8, 0.9, 12), [0.1] * 12)}
    save(stored, tmp_path / "c.json")
    assert load(tmp_path / "c.json") == stored


def test_without_a_calibration_there_is_no_threshold(monkeypatch, tmp_path):
    monkeypatch.setattr(calibration, "load", dict)
    with pytest.raises(NotCalibrated, match="grader calibrate cnn/fit"):
        threshold("cnn/fit")


def test_every_trial_is_calibrated_and_nothing_else():
    names = {f"{topic.name}/{exercise}" for topic in all_topics() for exercise in trials(topic.name)}
    assert set(load()) == names
    for topic in all_topics():
        assert set(trials(topic.name)) <= set(topic.exercises)


@pytest.mark.parametrize("name", load())
def test_committed_figures_follow_from_the_committed_trials(name):
    stored = load()[name]
    assert len(stored.values) >= 10
    assert calibrate(stored.what, stored.values, stored.baselines) == stored
    assert stored.mean == pytest.approx(statistics.mean(stored.values), abs=1e-4)
    assert max(stored.baselines) < stored.threshold < min(stored.values)


def test_a_changed_figure_would_be_noticed():
    stored = calibrate("accuracy", np.linspace(0.8, 0.9, 12), [0.1] * 12)
    changed = dataclasses.replace(stored, threshold=stored.threshold - 0.1)
    assert calibrate(changed.what, changed.values, changed.baselines) != changed


def test_unknown_names_are_not_calibrated():
    with pytest.raises(SystemExit, match="nothing to calibrate is called cnn/nothing"):
        main(["calibrate", "cnn/nothing"])


def test_the_cost_of_grading_is_a_table(capsys):
    main(["cost", "convolution", "--rounds", "1"])
    (row,) = [line for line in capsys.readouterr().out.splitlines() if "01-convolution" in line]
    cells, grading, _, bare, ratio = (cell.strip() for cell in row.split("|")[2:-1])
    assert float(cells) > float(bare) > 0
    assert float(ratio) == pytest.approx(float(grading) / float(bare), rel=0.5)


DATA_SETS = [pytest.param(data, id=data.name) for data in data_sets()]
NOTEBOOKS_FIRST = [
    pytest.param(*each.values, id=each.id, marks=[] if "notebook" in each.id else pytest.mark.slow)
    for each in DATA_SETS
]


def told_without_shapes(figures: Trivial) -> bool:
    """Whether something simpler than shapes gives the classes away."""
    by_brightness = max(figures.global_mean, figures.channel_means, figures.one_pixel)
    return by_brightness > figures.majority + 0.12 or figures.linear > figures.majority + 0.2


@pytest.mark.parametrize("data", NOTEBOOKS_FIRST)
def test_nothing_but_the_shape_tells_the_class(data):
    figures = measure_trivial(data)
    assert not told_without_shapes(figures), figures


@pytest.mark.slow
@pytest.mark.parametrize("data", DATA_SETS)
def test_a_network_sees_the_shapes(data):
    figures = measure(data)
    assert figures.shuffled < figures.majority + 0.12, figures
    assert figures.network > max(figures.linear, figures.shuffled) + 0.25, figures
    assert figures.network > figures.shuffled_alike + 0.09, figures
    assert not figures.permuted < figures.network - 0.05, figures


def test_classes_that_brightness_tells_would_be_noticed():
    def draw(count, seed):
        rng = np.random.default_rng(seed)
        labels = rng.integers(0, 3, count)
        return (labels[:, None, None, None] + rng.normal(0, 0.1, (count, 1, 8, 8))).astype(np.float32), labels

    assert told_without_shapes(measure_trivial(DataSet("by brightness", draw), train=300))
