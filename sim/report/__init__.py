"""The report: figures and the page, in French and English."""
