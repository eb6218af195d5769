"""What ``infodiff NAME`` runs, a module for each name: its arguments, and from them to a report.

Only `cli` imports these, and each only when it is asked for.
"""

__all__ = ["INTERRUPTED"]

INTERRUPTED = 130
"""The exit status of what SIGINT ended: 128 and its number."""
