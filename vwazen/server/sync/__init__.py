"""Phones and nodes: who holds what, what they bring, what they are given."""
