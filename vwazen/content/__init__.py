"""The programme's knowledge as data: versioned files that a clinician can read, and what reads them."""
