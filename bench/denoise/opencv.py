"""OpenCV's non-local means on one picture: the best PSNR of several strengths, and its processor time on one thread."""

import json
import sys
import time

import cv2
import numpy as np

noisy_file, clean_file, width, height, sigma = sys.argv[1:]
shape = (int(height), int(width), 3)
noisy, clean = (np.fromfile(name, np.uint8).reshape(shape) for name in (noisy_file, clean_file))
cv2.setNumThreads(1)
best = {"psnr": 0.0}
for factor in (0.6, 0.8, 1.0, 1.2):
    strength = float(sigma) * factor
    for method in (cv2.fastNlMeansDenoising, cv2.fastNlMeansDenoisingColored):
        colours = (strength,) if method is cv2.fastNlMeansDenoisingColored else ()
        started = time.process_time()
        result = method(noisy, None, strength, *colours, 7, 21)
        ms = (time.process_time() - started) * 1000
        error = np.mean((result.astype(float) - clean.astype(float)) ** 2)
        found = {"psnr": 10 * np.log10(255**2 / error), "ms": ms, "method": method.__name__, "strength": strength}
        best = max(best, found, key=lambda one: one["psnr"])
print(json.dumps(best))
