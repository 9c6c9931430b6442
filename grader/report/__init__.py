"""What an instructor reads after grading: the class report, similar submissions, grades for other systems."""


class ReportError(Exception):
    """There is nothing to report on; the message says why and what to do."""
