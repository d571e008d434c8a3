"""Pages of paragraphs, plots and tables, to be printed or sent: comparisons and progress."""
