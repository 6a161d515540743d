"""Rules that hold in every row: read, compiled into the way each is kept, and verified."""
