"""Intake 导入: files and batches become touches; what cannot be understood is set aside with its reason."""
