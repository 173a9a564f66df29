# The report and the figures: functions of stored results, nothing else.
