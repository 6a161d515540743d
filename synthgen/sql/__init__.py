"""SQL over the columns of a table: read once, for conditions of a sample and for the rules of a schema."""
