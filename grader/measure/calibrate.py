"""`grader calibrate`: the thresholds for trained models, from the master solutions."""

from __future__ import annotations

from collections.abc import Collection

from grader.checking.calibration import FILE, calibrate, load, save, trials
from grader.checking.device import resolve_device
from grader.checking.student import Student
from grader.checking.submission import master_notebook, open_run
from grader.checking.topic import all_topics
from grader.kernel.faults import Limits

PATIENT = Limits(notebook_seconds=24 * 3600.0)
TRIAL_SECONDS = 3600.0


def calibrate_topics(names: Collection[str], seeds: int, device: str = "auto") -> None:
    """Run the trials of these topics or exercises (topic/exercise), or of all, and store the result.

    Every trial is run with the seeds 0 … seeds − 1. Raises NotCalibrated; nothing is stored then.
    """
    device = resolve_device(device)
    stored = load()
    for topic in all_topics():
        wanted = {
            exercise: trial
            for exercise, trial in trials(topic.name).items()
            if not names or topic.name in names or f"{topic.name}/{exercise}" in names
        }
        if not wanted:
            continue
        with open_run(master_notebook(topic), topic, PATIENT, device) as run:
            for exercise, trial in wanted.items():
                values, baselines = [], []
                for seed in range(seeds):
                    student = Student(run.session)
                    student.begin(TRIAL_SECONDS)
                    values.append(trial.measure(student, seed, device))
                    student.begin(TRIAL_SECONDS)
                    baselines.append(trial.baseline(student, seed, device))
                    figures = f"{values[-1]:.4f}, baseline {baselines[-1]:.4f}"
                    print(f"{topic.name}/{exercise} seed {seed}: {figures}", flush=True)
                result = calibrate(trial.what, values, baselines)
                stored[f"{topic.name}/{exercise}"] = result
                print(
                    f"{topic.name}/{exercise}: {result.mean:.3f} ± {result.spread:.3f}, baseline "
                    f"{result.baseline:.3f} → threshold {result.threshold:.3f} ({trial.what})"
                )
    unknown = set(names) - {each.partition("/")[0] for each in stored} - set(stored)
    if unknown:
        raise SystemExit(f"nothing to calibrate is called {', '.join(sorted(unknown))}")
    save(stored)
    print(f"written: {FILE}")
