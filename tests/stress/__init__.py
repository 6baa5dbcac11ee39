"""Kills at random moments: whatever is cut off is given again, and ends the same to the bit.

make stress                                # 100 kills, a quarter of an hour
python -m tests.stress --points 20 --only "feature pass" --seed 3
python -m tests.stress.places --only sweep # not at random: at each place where Python heeds signals
"""
