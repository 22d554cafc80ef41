"""Ocean Engine (巨量引擎): leads, comments under advertisements, what was spent."""
