"""The invented programme: people, their illness and its true course, and the record that care leaves of it.

Pure: no Django, no clock. `programme.plan` draws up sites and workers, `site.make` lives one site's years, and
`truth` writes what was planted. Whatever is drawn comes from the seed, so that the same seed gives the same bytes.
"""
