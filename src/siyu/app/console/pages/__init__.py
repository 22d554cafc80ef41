"""Pages of the console 页面: one file each with one ``PAGE``; found by file name (``console/page.py``)."""
