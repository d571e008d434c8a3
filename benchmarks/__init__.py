"""How well onsets are heard and numbers hold, beside other programs and known truth."""
