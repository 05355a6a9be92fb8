"""What people read: the ranking of a date, histories, figures of runs, pictures, files for other tools."""
