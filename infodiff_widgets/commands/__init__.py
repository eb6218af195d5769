"""What ``infodiff NAME`` runs, a module for each name: its arguments, and from them to a report.

Only `cli` imports these, and each only when it is asked for.
"""
