"""Pages about files that are brought in, and what of them could not be taken."""
