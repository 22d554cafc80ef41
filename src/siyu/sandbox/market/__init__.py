"""The market 市场: people whose true behaviour is known. What is launched on them first hurts nobody."""
