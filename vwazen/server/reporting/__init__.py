"""What the record amounts to: outcomes of many people, and registers to hand on."""
