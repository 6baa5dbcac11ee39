"""Many heads on the same cached features, trained at once and without Lightning's loop.

A step of one head takes less time than a trainer spends around it. Here the heads of several runs
of a sweep are one tensor with a leading dimension, [K, C, D], and share the steps of one plain
loop. Models, losses, samplers, mixing, optimisers, schedules and callbacks are those of any other
run, and so are the figures, to rounding.

`stack` makes one network of several, `loop` trains it, `alike` tells which go into one, `evaluate`
tests, `members` does the whole of it for runs of a sweep.
"""
