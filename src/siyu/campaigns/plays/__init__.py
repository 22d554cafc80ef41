"""Plays 玩法: one file each; every play proposes and never sends."""
