"""Scalograms of 1000 frames by the library that is named, one thread. A line in: 1000 frames; a line out: milliseconds.

scipy computes strip means, as we do, by float32 FFTs of length 1024; the others, which have no such thing, the transform alone.
"""

import os
import sys
import time
import types
from importlib.metadata import version

for variable in ("OMP_NUM_THREADS", "NUMBA_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[variable] = "1"
os.environ["SSQ_PARALLEL"] = "0"

import numpy as np

FRAMES, SCALES, LENGTH, SIZE, STRIPS, CHUNK = 1000, 64, 400, 1024, 20, 8
FREQUENCIES = np.geomspace(60, 7600, SCALES)
IN_SAMPLES = 5 * 16000 / (2 * np.pi * FREQUENCIES)


def by_scipy():
    import scipy.fft

    n = np.arange(1 - LENGTH, LENGTH)
    spectra = np.zeros((SCALES, SIZE), np.float32)
    for row, scale in enumerate(IN_SAMPLES):
        wavelet = np.zeros(SIZE, complex)
        wavelet[n % SIZE] = np.exp(-((n / scale) ** 2) / 2 + 5j * n / scale) / np.sqrt(scale)
        spectra[row] = np.fft.fft(wavelet).real

    def transform(frames):
        means = np.empty((FRAMES, SCALES, STRIPS), np.float32)
        for first in range(0, FRAMES, CHUNK):
            spectrum = scipy.fft.fft(frames[first : first + CHUNK], SIZE, workers=1)
            values = scipy.fft.ifft(spectrum[:, None, :] * spectra, overwrite_x=True, workers=1)[..., :LENGTH]
            means[first : first + CHUNK] = np.abs(values).reshape(-1, SCALES, STRIPS, LENGTH // STRIPS).mean(-1)

    return f"SciPy {scipy.__version__}", transform


def by_fcwt():
    # It imports matplotlib for a function that draws.
    sys.modules["matplotlib"] = types.ModuleType("matplotlib")
    sys.modules["matplotlib.pyplot"] = types.ModuleType("matplotlib.pyplot")
    import fcwt

    wavelet = fcwt.Morlet(5 / (2 * np.pi))
    scales = fcwt.Scales(wavelet, fcwt.FCWT_LOGSCALES, 16000, 60, 7600, SCALES)
    engine = fcwt.FCWT(wavelet, 1, False, False)
    values = np.zeros((SCALES, LENGTH), np.complex64)

    # The engine does not keep its wavelet alive.
    def transform(frames, wavelet=wavelet):
        for frame in frames:
            engine.cwt(frame, scales, values)

    return f"fCWT {version('fCWT')}", transform


def by_ssqueezepy():
    import ssqueezepy

    wavelet = ssqueezepy.Wavelet(("morlet", {"mu": 5, "dtype": "float32"}))
    scales = IN_SAMPLES[::-1].astype(np.float32)

    def transform(frames):
        for first in range(0, FRAMES, CHUNK):
            ssqueezepy.cwt(frames[first : first + CHUNK], wavelet, scales=scales, padtype="zero", astensor=False)

    return f"ssqueezepy {ssqueezepy.__version__}", transform


def by_pywavelets():
    import pywt

    wavelet = pywt.ContinuousWavelet(f"cmor2.0-{5 / (2 * np.pi):.6f}", dtype=np.float32)

    def transform(frames):
        pywt.cwt(frames, IN_SAMPLES, wavelet, method="fft", axis=-1)

    return f"PyWavelets {version('PyWavelets')}", transform


libraries = {"scipy": by_scipy, "fcwt": by_fcwt, "ssqueezepy": by_ssqueezepy, "pywavelets": by_pywavelets}
name, transform = libraries[sys.argv[1]]()
frames = np.random.default_rng(0).standard_normal((FRAMES, LENGTH)).astype(np.float32)
transform(frames)
print(name, flush=True)
for _ in sys.stdin:
    started = time.perf_counter()
    transform(frames)
    print(1000 * (time.perf_counter() - started), flush=True)
