"""Hears where notes begin: a streaming spectral detector in Numba kernels."""
