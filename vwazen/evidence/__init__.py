"""What to make of many people's facts. Pure: no Django, no network, no clock (`today` is an argument)."""
