"""What the method is for: localise, relate, intervene, interact.

Each analysis is a function for one's own pictures, a measurement on the scenes, whose truth is known, and a
command, ``infodiff NAME``.

Examples
--------
>>> from infodiff_widgets.analyses.ranking_run import rank_captions
>>> captions = ["a red circle left of a blue square", "a blue circle left of a red square"]
>>> ranking = rank_captions(pipeline, "picture.png", captions, draws=8)
>>> ranking.to_dataframe().index.size
2
"""
