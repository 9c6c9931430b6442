"""nbgrader's settings for this course. `grader.autograde.configure` says what they do."""

from grader.autograde import configure

c = get_config()  # noqa: F821 - given by nbgrader
configure(c)

c.CourseDirectory.course_id = "cnn-rnn"

# Where training checks run: "auto" (a GPU if there is one), "cpu" or "cuda".
# c.GradeNotebook.device = "auto"

# What one submission may use; these are the defaults.
# c.GradeNotebook.notebook_seconds = 600
# c.GradeNotebook.cell_seconds = 60
# c.GradeNotebook.check_seconds = 10
# c.GradeNotebook.cpu_seconds = 600
# c.GradeNotebook.memory_bytes = 4294967296
# c.GradeNotebook.processes = 128
# c.GradeNotebook.scratch_bytes = 268435456
# c.GradeNotebook.output_bytes = 5242880

# Results are kept in the course folder and used again while nothing that they depend on changes.
# c.GradeNotebook.use_cache = True
# c.GradeNotebook.cache_directory = ".grader-cache"
