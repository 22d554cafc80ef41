"""Models 模型: what people will probably do, with an interval."""
