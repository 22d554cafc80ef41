"""The lake: the timeline of everything that happened, in person buckets."""
