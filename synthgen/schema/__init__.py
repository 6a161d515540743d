"""What a table is: column kinds, the privacy unit, the target; YAML in and out."""
