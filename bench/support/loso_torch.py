"""What `pipe run pipelines/emodb.yaml` does, as a plain PyTorch script: from the files of Emo-DB to pooled recalls.

python loso_torch.py FOLDER [--epochs 40] [--seeds 5] [--first-seed 1] [--folds 10] [--threads all] [--dump FILE ID...]

Everything in one process, one step after another: read, normalise, energy VAD, segments of 2.5 s, scalograms, then for each
speaker scaling, and for each seed a training and a prediction. Prints one JSON line: seconds of each part, the pooled UAR of
each seed in percent. --dump stores the scalograms of some utterances instead (NumPy .npz), to be compared.
"""

import argparse
import json
import math
import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import scipy.fft
import soundfile
import torch
from numpy.lib.stride_tricks import sliding_window_view
from torch import nn

CLASSES = "WTFN"  # anger, sadness, happiness, neutral
RATE, SEGMENT, SEGMENT_HOP, MIN_TAIL = 16000, 40000, 24000, 8000
FRAME, HOP, COUNT, SCALES, STRIPS, OFFSET = 400, 240, 166, 64, 20, 1e-3
BATCH, CHUNK = 40, 8


def read_corpus(folder):
    """Utterances in the order of their names: (name, samples), float32, mean 0 and variance 1, without silence at the ends."""
    folder = folder / "wav" if (folder / "wav").is_dir() else folder
    files = sorted(file for file in folder.iterdir() if file.suffix in (".wav", ".flac") and file.stem[5] in CLASSES)
    utterances = []
    for file in files:
        samples, rate = soundfile.read(file, dtype="float32")
        if rate != RATE or samples.ndim != 1:
            raise SystemExit(f"{file} is not one channel of 16 kHz")
        wide = samples.astype(np.float64)
        utterances.append((file.stem, trim(((wide - wide.mean()) / wide.std()).astype(np.float32))))
    return utterances


def trim(samples, frame=400, hop=160, run=4, padding=1600):
    """From the first to the last run of loud frames: see stages/audio/speech-bounds.ts."""
    centred = samples.astype(np.float64) - samples.mean(dtype=np.float64)
    power = np.square(sliding_window_view(centred, frame)[::hop]).mean(1)
    floor, peak = np.sort(power)[int(0.1 * (len(power) - 1))], power.max()
    threshold = min(max(floor * 10**0.6, peak * 10**-4), peak * 10**-3)
    runs = np.flatnonzero(sliding_window_view(power > threshold, run).all(1))
    if peak < floor * 10**0.6 or len(runs) == 0:
        raise SystemExit("an utterance without speech")
    first, last = runs[0], runs[-1] + run - 1
    start = 0 if first == 0 else first * hop + frame - hop
    end = len(samples) if last == len(power) - 1 else (last + 1) * hop
    return samples[max(0, start - padding) : end + padding]


def segment(samples):
    """[n, 40000] zero-padded, and how many samples of each are real."""
    starts = [0]
    if len(samples) > SEGMENT:
        whole = 1 + (len(samples) - SEGMENT) // SEGMENT_HOP
        rest = len(samples) - ((whole - 1) * SEGMENT_HOP + SEGMENT)
        starts = [index * SEGMENT_HOP for index in range(whole + (rest >= MIN_TAIL))]
    segments = np.zeros((len(starts), SEGMENT), np.float32)
    valid = [min(SEGMENT, len(samples) - start) for start in starts]
    for row, (start, length) in enumerate(zip(starts, valid)):
        segments[row, :length] = samples[start : start + length]
    return segments, valid


def wavelets():
    """Spectra of the Morlet wavelets, grouped by the shortest FFT in which they do not wrap round: [(size, [scales, size])]."""
    scales = 5 * RATE / (2 * np.pi * np.geomspace(60, 7600, SCALES))
    sizes = np.where(FRAME + np.minimum(FRAME - 1, 5 * scales) <= 512, 512, 1024)
    groups = []
    for size in (1024, 512):  # the longest scales come first
        reach = min(FRAME - 1, size - FRAME)
        n = np.arange(-reach, reach + 1)
        spectra = []
        for scale in scales[sizes == size]:
            wavelet = np.zeros(size, complex)
            wavelet[n % size] = np.exp(-((n / scale) ** 2) / 2 + 5j * n / scale) / np.sqrt(scale)
            spectra.append(np.fft.fft(wavelet).real.astype(np.float32))
        groups.append((size, np.array(spectra)))
    return groups


def scalograms(segments, valid, groups, threads):
    """[n, 166, 64, 20]: log of the strips' mean magnitudes. Frames that hold only padding are not computed."""
    result = np.full((len(segments), COUNT, SCALES, STRIPS), np.float32(math.log(OFFSET)))
    frames = sliding_window_view(segments, FRAME, 1)[:, ::HOP]
    sounding = np.argwhere(np.arange(COUNT) * HOP < np.array(valid)[:, None])

    def compute(chunk):
        rows, columns = chunk.T
        result[rows, columns] = np.log(strip_means(frames[rows, columns], groups) + np.float32(OFFSET))

    # SciPy's FFTs, four times as fast as PyTorch's here; both let go of the interpreter while they compute.
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(compute, np.array_split(sounding, math.ceil(len(sounding) / CHUNK))))
    return result


def strip_means(frames, groups):
    parts = []
    for size, spectra in groups:
        spectrum = scipy.fft.fft(frames, size)
        values = scipy.fft.ifft(spectrum[:, None, :] * spectra, overwrite_x=True)[..., :FRAME]
        parts.append(np.abs(values).reshape(len(frames), -1, STRIPS, FRAME // STRIPS).mean(-1))
    return np.concatenate(parts, 1)


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        blocks, channels = [], STRIPS
        for filters, kernel in ((16, (5, 3)), (32, (3, 3)), (64, (3, 3))):
            convolution = nn.Conv2d(channels, filters, kernel, padding="same", bias=False)
            nn.init.kaiming_normal_(convolution.weight, 0.1)
            # Pooling before a monotone activation is the same and cheaper.
            blocks += [convolution, nn.BatchNorm2d(filters), nn.MaxPool2d(2), nn.LeakyReLU(0.1, inplace=True)]
            channels = filters
        self.blocks = nn.Sequential(*blocks)
        self.lstm = nn.LSTM(64 * 8, 128, bidirectional=True, batch_first=True)
        self.attention = nn.Linear(256, 1, bias=False)
        self.dense, self.output = nn.Linear(256, 64), nn.Linear(64, 4)
        for name, weights in self.lstm.named_parameters():
            if name.startswith("weight_ih"):
                nn.init.xavier_uniform_(weights)
            elif name.startswith("weight_hh"):
                nn.init.orthogonal_(weights)
            else:
                nn.init.zeros_(weights)
                if name.startswith("bias_ih"):
                    nn.init.ones_(weights[128:256])
        self.dropout = nn.Dropout(0.3)

    def forward(self, x):  # [n, strips 20, frames 166, scales 64]
        h = self.blocks(x).permute(0, 2, 1, 3).flatten(2)  # [n, 20 steps, 512]
        h, _ = self.lstm(h)
        h = (torch.softmax(self.attention(h), 1) * h).sum(1)
        return self.output(self.dropout(torch.relu(self.dense(self.dropout(h)))))


def train(x, y, seed, epochs):
    torch.manual_seed(seed)
    network = Network().to(memory_format=torch.channels_last)
    loss = nn.CrossEntropyLoss(weight=len(y) / (len(CLASSES) * torch.bincount(y, minlength=len(CLASSES))))
    optimiser = torch.optim.Adam(network.parameters(), 1e-3, fused=True)
    steps = math.ceil(len(y) / BATCH)
    warmup, total = 2 * steps, epochs * steps

    def factor(step):
        if step < warmup:
            return (step + 1) / (warmup + 1)
        return 0.5 * (1 + math.cos(math.pi * (step - warmup) / max(1, total - warmup)))

    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, factor)
    for _ in range(epochs):
        for rows in torch.randperm(len(y)).split(BATCH):
            optimiser.zero_grad()
            loss(network(x[rows]), y[rows]).backward()
            optimiser.step()
            schedule.step()
    return network


@torch.inference_mode()
def predict(network, x):
    network.eval()
    return torch.cat([torch.softmax(network(batch), 1) for batch in x.split(BATCH)])


def main():
    started = time.perf_counter()
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--folds", type=int, default=10)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count())
    parser.add_argument("--dump", nargs="+")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    seconds = {"read": 0.0, "scalogram": 0.0, "scaling": 0.0, "training": 0.0, "prediction": 0.0}
    last = time.perf_counter()

    def spent(part):
        nonlocal last
        now = time.perf_counter()
        seconds[part] += now - last
        last = now

    corpus = read_corpus(options.folder)
    cut = [segment(samples) for _, samples in corpus]
    spent("read")
    groups = wavelets()
    if options.dump:
        file, *wanted = options.dump
        chosen = {name: scalograms(*cut[index], groups, 1) for index, (name, _) in enumerate(corpus) if name in wanted}
        np.savez(file, **chosen)
        return
    valid = [count for _, counts in cut for count in counts]
    # Strips are channels: the last axis in memory, the first for PyTorch.
    features = torch.from_numpy(scalograms(np.concatenate([segments for segments, _ in cut]), valid, groups, options.threads))
    real = torch.arange(COUNT) < torch.tensor([max(1, (count - FRAME) // HOP + 1) for count in valid])[:, None]
    owner = torch.tensor([index for index, (_, counts) in enumerate(cut) for _ in counts])
    labels = torch.tensor([CLASSES.index(name[5]) for name, _ in corpus])
    speakers = np.array([name[:2] for name, _ in corpus])
    spent("scalogram")

    answers = torch.zeros(options.seeds, len(corpus), dtype=torch.long)
    tested = np.zeros(len(corpus), bool)
    for speaker in sorted(set(speakers))[: options.folds]:
        test = torch.from_numpy(speakers == speaker)[owner]
        # Each (scale, strip) to mean 0 and variance 1 over the real frames of the training speakers.
        # Three times as fast as torch.var_mean.
        fitted = features[real & ~test[:, None]]
        mean = fitted.mean(0)
        deviation = fitted.sub_(mean).square_().mean(0).sqrt_()
        deviation[deviation == 0] = 1
        del fitted
        x, x_test = (features[part].sub_(mean).div_(deviation).permute(0, 3, 1, 2) for part in (~test, test))
        y = labels[owner[~test]]
        spent("scaling")
        for seed in range(options.seeds):
            network = train(x, y, options.first_seed + seed, options.epochs)
            spent("training")
            posteriors = torch.zeros(len(corpus), len(CLASSES)).index_add_(0, owner[test], predict(network, x_test))
            answers[seed][owner[test]] = posteriors[owner[test]].argmax(1)
            spent("prediction")
        tested |= speakers == speaker

    def uar(predicted):
        return 100 * float(np.mean([(predicted[(labels == c).numpy() & tested] == c).float().mean() for c in range(len(CLASSES))]))

    print(
        json.dumps(
            {
                "name": f"PyTorch {torch.__version__}",
                "threads": options.threads,
                "utterances": len(corpus),
                "segments": len(valid),
                "uar": [round(uar(predicted), 2) for predicted in answers],
                "seconds": {part: round(value, 3) for part, value in seconds.items()},
                "total": round(time.perf_counter() - started, 3),
            }
        )
    )


main()
