"""Referrals: asked, answered, followed to the end by both sides, and from outside by a paper or a code."""
