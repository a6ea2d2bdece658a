"""Patches for moto, one module for each part of AWS."""
