"""The lake: every touch that ever happened, as a Delta table of Parquet files by person bucket. Pseudonyms only."""
