"""Many pictures: the same estimate over a table of them, on one device or a cluster; safe to kill."""
