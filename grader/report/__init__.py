"""What an instructor reads after grading: the class report, similar submissions, grades for other systems."""
