"""How to compile a file that calls at::parallel_for: a header that runs on one thread unless OpenMP is on."""

PARALLEL_FOR_COPTS = ["-fopenmp"]
