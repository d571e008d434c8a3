"""Tags that tell takes of one drill apart by what they were played for."""

ASSESSMENT_TAG = "assessment"
"""Marks the takes of an assessment: the same drill may be practised after it."""

PERFORMANCE_TAG = "performance"
"""Marks the one run that was played as in a concert."""

NOT_PRACTICE = (ASSESSMENT_TAG, PERFORMANCE_TAG)
