"""Fission 裂变 at the front door: files of invitations, campaigns, rewards."""
