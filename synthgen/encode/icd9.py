"""The chapters and blocks of ICD-9-CM, the diagnosis codes of US hospitals until 2015: public.

Source: the tabular list of ICD-9-CM (US National Center for Health Statistics, 2011), by the first category of each.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import Final

CHAPTERS: Final = (1, 140, 240, 280, 290, 320, 390, 460, 520, 580, 630, 680, 710, 740, 760, 780, 800)
BLOCKS: Final = (
    *(1, 10, 20, 30, 42, 45, 50, 60, 70, 80, 90, 100, 110, 120, 130, 137, 140, 150, 160, 170, 179, 190, 200, 210, 230),
    *(235, 239, 240, 249, 260, 270, 280, 290, 295, 300, 317, 320, 330, 338, 339, 340, 350, 360, 380, 390, 393, 401),
    *(410, 415, 420, 430, 440, 451, 460, 470, 480, 490, 500, 510, 520, 530, 540, 550, 555, 560, 570, 580, 590, 600),
    *(610, 614, 617, 630, 640, 650, 660, 670, 678, 680, 690, 700, 710, 720, 725, 730, 740, 760, 764, 780, 790, 797),
    *(800, 805, 810, 820, 830, 840, 850, 860, 870, 880, 890, 900, 905, 910, 920, 925, 930, 940, 950, 958, 960, 980),
    *(990, 996),
)
_CODE = re.compile(r"([EV]?)0*([0-9]{1,3})(?:\.[0-9]{1,2})?")


def path_of(code: str) -> tuple[str, ...]:
    """Chapter, block and category of a code, written with a point or without decimals; zeros in front may be missing.

    >>> path_of("250.83"), path_of("8"), path_of("V57"), path_of("E888.9")
    (('240', '249', '250'), ('1', '1', '8'), ('V', 'V5', 'V57'), ('E', 'E88', 'E888'))
    >>> path_of("?")
    ('other',)
    """
    found = _CODE.fullmatch(code.strip().upper())
    if found is None:
        return ("other",)
    letter, category = found[1], int(found[2])
    if letter:
        return letter, f"{letter}{category // 10}", f"{letter}{category}"
    chapter, block = (starts[max(bisect_right(starts, category) - 1, 0)] for starts in (CHAPTERS, BLOCKS))
    return str(chapter), str(block), str(category)
