"""Every take, run and remark over the years, in one SQLite file on this machine."""
