"""Schema and noisy one-way counts to a codec: rows to cells, cells to levels, levels back to values.

A *cell* is public: the schema alone says which cell a value falls into (`grid`). A *level* is a run of cells that
the generator tells apart, chosen by looking at noisy one-way counts only (`histogram`, `levels`). Inside a level,
values follow the noisy fine histogram (`codec`).
"""
