"""From the table a user describes to the columns that a model learns, and back."""
