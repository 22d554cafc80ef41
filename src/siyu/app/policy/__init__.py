"""Policy at work: proposals judged, rules read, the brake, what other rules would do."""
