"""Content 内容: pieces and variants, whom and which scene they serve."""
