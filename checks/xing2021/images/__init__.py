"""Sections 2.2, 3.2 and 4: networks trained on images."""
