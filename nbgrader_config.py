"""nbgrader's settings for this course. `grader.autograde.configure` says what they do."""

from grader.autograde import configure

c = get_config()  # noqa: F821 - given by nbgrader
configure(c)

c.CourseDirectory.course_id = "cnn-rnn"
