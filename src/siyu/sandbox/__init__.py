"""The sandbox 沙盒: the platforms simulated on loopback by their own contracts."""
