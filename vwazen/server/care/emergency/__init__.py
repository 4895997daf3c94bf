"""An emergency in an area: first help and registration in a hurry, and whoever is in care and was not reached yet."""
