"""Settings of fits that take a second or less, and a progress bar that remembers."""

from dataclasses import dataclass, field

from synthgen.encode.levels import Resolution
from synthgen.engine.settings import Settings

SMALL = Settings(
    resolution=Resolution(numeric=8),
    leaves=64,
    one_way_share=0.1,
    select_share=0.1,
    rounds=1,
    steps=(60,),
    rate=5e-3,
    table_rate=0.1,
    blur=0.0,
    codebook=64,
    latent=8,
    width=32,
    blocks=1,
)


@dataclass
class Told:
    """Progress that remembers what it was told."""

    stages: list[str] = field(default_factory=list)
    steps: int = 0

    def stage(self, name: str, total: int | None) -> None:
        """Remember it."""
        self.stages.append(f"{name}: {total}")

    def advance(self, steps: int = 1) -> None:
        """Count them."""
        self.steps += steps
