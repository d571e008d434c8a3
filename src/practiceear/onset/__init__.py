"""Hears where notes begin: a streaming causal network in Numba kernels."""
