"""Read numbers as shops write them: 1,234.50, ¥12, 12元, (3.00) for a negative."""

import polars as pl

_SIGNS = r"[¥￥$£€\s]|^(?:RMB|CNY|USD|GBP|EUR)|(?:RMB|CNY|USD|GBP|EUR|元)$"
_THOUSANDS = r"^\(?-?\d{1,3}(?:,\d{3})+(?:\.\d*)?\)?$"
_DECIMAL_COMMA = r"^\(?-?(?:\d{1,3}(?:\.\d{3})*|\d+),\d{1,2}\)?$"  # 12,50 and 1.234,50, as exports of Europe write


def plain_number(text: pl.Expr) -> pl.Expr:
    """Return what shops write as a number as digits alone; a comma that parts no thousands and no decimals stays."""
    bare = text.str.replace_all(_SIGNS, "").str.replace_all("，", ",", literal=True)
    return (
        pl.when(bare.str.contains(_DECIMAL_COMMA))
        .then(bare.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True))
        .when(bare.str.contains(_THOUSANDS))
        .then(bare.str.replace_all(",", "", literal=True))
        .otherwise(bare)
        .str.replace(r"^\((.+)\)$", "-${1}")
    )


def read_numbers(column: pl.Series) -> pl.Series:
    """Read numbers; signs of currency and commas between thousands are taken off, what is no number becomes null."""
    if column.dtype.is_numeric() or column.dtype == pl.Boolean:
        return column.cast(pl.Float64)
    text = column.cast(pl.String, strict=False).str.strip_chars()
    plain = text.cast(pl.Float64, strict=False)
    if int(plain.null_count()) == int(text.null_count()):
        return plain
    bare = plain_number(pl.lit(text))
    return pl.select(pl.coalesce(plain, bare.cast(pl.Float64, strict=False))).to_series()
