"""Run the same measure as Spark tasks."""
