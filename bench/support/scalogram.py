"""The scalogram's strip means by SciPy, float32 FFTs of length 1024, one thread. A line in: 1000 frames; a line out: ms."""

import sys
import time

import numpy as np
import scipy.fft

FRAMES, SCALES, LENGTH, SIZE, STRIPS, CHUNK = 1000, 64, 400, 1024, 20, 8


def gains():
    n = np.arange(1 - LENGTH, LENGTH)
    spectra = np.zeros((SCALES, SIZE), np.float32)
    for row, frequency in enumerate(np.geomspace(60, 7600, SCALES)):
        scale = 5 * 16000 / (2 * np.pi * frequency)
        wavelet = np.zeros(SIZE, complex)
        wavelet[n % SIZE] = np.exp(-((n / scale) ** 2) / 2 + 5j * n / scale) / np.sqrt(scale)
        spectra[row] = np.fft.fft(wavelet).real
    return spectra


def strip_means(frames, spectra):
    means = np.empty((FRAMES, SCALES, STRIPS), np.float32)
    for first in range(0, FRAMES, CHUNK):
        spectrum = scipy.fft.fft(frames[first : first + CHUNK], SIZE, workers=1)
        product = spectrum[:, None, :] * spectra
        values = scipy.fft.ifft(product, overwrite_x=True, workers=1)[..., :LENGTH]
        means[first : first + CHUNK] = np.abs(values).reshape(-1, SCALES, STRIPS, LENGTH // STRIPS).mean(-1)
    return means


frames = np.random.default_rng(0).standard_normal((FRAMES, LENGTH)).astype(np.float32)
spectra = gains()
print(f"SciPy {scipy.__version__}", flush=True)
for _ in sys.stdin:
    started = time.perf_counter()
    strip_means(frames, spectra)
    print(1000 * (time.perf_counter() - started), flush=True)
