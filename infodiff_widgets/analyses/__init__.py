"""What the method is for: localise, relate, intervene, interact.

Each analysis is a function for one's own pictures, a measurement on the scenes, whose truth is known, and a
command, ``infodiff NAME``.

Examples
--------
>>> from infodiff_widgets.analyses.ranking import rank_captions
>>> ranking = rank_captions(  # doctest: +SKIP
...     pipeline, "photo.jpg", ["a red cup left of a blue plate", "a blue cup left of a red plate"]
... )
"""
