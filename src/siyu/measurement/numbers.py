"""Read numbers as shops write them: 1,234.50, ¥12, 12元, (3.00) for a negative."""

import polars as pl


def read_numbers(column: pl.Series) -> pl.Series:
    """Read numbers; signs of currency and commas between thousands are taken off, what is no number becomes null."""
    if column.dtype.is_numeric() or column.dtype == pl.Boolean:
        return column.cast(pl.Float64)
    text = column.cast(pl.String, strict=False).str.strip_chars()
    plain = text.cast(pl.Float64, strict=False)
    if int(plain.null_count()) == int(text.null_count()):
        return plain
    bare = (
        text.str.replace_all(r"[¥￥$£€\s]|元$|^(?:CNY|RMB|USD)|(?:CNY|RMB|USD)$", "")
        .str.replace_all(r",(\d{3})", "$1")
        .str.replace(r"^\((.+)\)$", "-$1")
    )
    return pl.select(pl.coalesce(plain, bare.cast(pl.Float64, strict=False))).to_series()
