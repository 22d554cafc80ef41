"""Rules 规则: one file each; a rule answers Allow, Hold until, or Deny because."""
