"""Attacks and trained models; imports theory only."""
