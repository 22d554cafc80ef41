"""Policy 规矩: may we? Every action passes one guard."""
