"""The streaming detector as Numba kernels, a prototype of what the package is to hold."""
