"""Experiments (实验): what an action brought, judged against people who were left alone."""
