"""Django's PostgreSQL, without the second index that it makes beside every index of a column of text."""
