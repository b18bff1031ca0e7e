"""Importers: sessions that other systems recorded become runs like any other."""
