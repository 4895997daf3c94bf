"""Pages of what goes out and what comes in, and the address at which a gateway delivers."""
