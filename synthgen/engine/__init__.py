"""The generator: which tables to measure, and a network that agrees with them.

candidates  which tables there are, and the groups of the target
select      which of them to measure, at what noise
evidence    what was measured, pooled
network     latents -> levels of every column
loss        how far the codebook's expected tables are from the evidence
learn       rounds of select, measure, fit
codebook    the result: a mixture of products
"""
