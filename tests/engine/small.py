"""Settings of fits that take a second or less."""

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
