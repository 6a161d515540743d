"""A schema with one column of each kind."""

import pytest

from synthgen.schema import Schema, from_json


@pytest.fixture
def everything() -> Schema:
    """One column of each kind."""
    return from_json(
        {
            "name": "everything",
            "description": "All kinds.",
            "columns": {
                "mail": {"type": "identifier", "kind": "email", "unique": True},
                "code": {"type": "identifier", "pattern": "TX-[0-9]{8}"},
                "note": {"type": "text"},
                "sex": {"type": "categorical", "values": ["F", "M"], "nullable": True},
                "grade": {"type": "categorical", "values": [1, 2, 3], "ordered": True},
                "works": {"type": "boolean"},
                "age": {"type": "integer", "minimum": 0, "maximum": 120, "special": [-1, "N"], "nullable": True},
                "price": {"type": "number", "minimum": 0.5, "maximum": 30000, "decimals": 2},
                "day": {"type": "date", "minimum": "2019-01-01", "maximum": "2019-12-31"},
                "left": {"type": "date", "minimum": "2019-01-01", "maximum": "2019-12-31", "nullable": True},
                "at": {"type": "datetime", "minimum": "2019-01-01T00:00:00", "maximum": "2019-12-31T23:59:59"},
                "clock": {"type": "time"},
                "home": {
                    "type": "point", "latitude": "lat", "longitude": "long", "minimum": [40, -80], "maximum": [45, -70]
                },
            },
            "constraints": ['day <= "left"', "unique(day, age)", "price > age"],
        }
    )  # fmt: skip
