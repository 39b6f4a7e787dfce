"""Cuts the 8 x 8 patches of src/coding/data from images that scikit-image ships (pip install scikit-image).

    python scripts/reference/patches.py src/coding/data

Each image becomes grey (0 to 255) and is cut into tiles that do not overlap; of these, `EACH` are drawn with a fixed seed.
A row of a file is the number of the image, then the 64 pixels of a patch row by row, as unsigned bytes.
"""

import gzip
import io
import pathlib
import sys

import numpy as np
from skimage import color, data

EDGE = 8
EACH = 1200
FILES = {
    "natural": ["camera", "coffee", "chelsea", "astronaut"],
    "textures": ["brick", "grass", "gravel"],
}


def tiles(image):
    grey = image if image.ndim == 2 else np.round(255 * color.rgb2gray(image)).astype(np.uint8)
    height, width = (side // EDGE * EDGE for side in grey.shape)
    cut = grey[:height, :width].reshape(height // EDGE, EDGE, width // EDGE, EDGE)
    return cut.transpose(0, 2, 1, 3).reshape(-1, EDGE * EDGE)


def main():
    out = pathlib.Path(sys.argv[1])
    for name, images in FILES.items():
        rows = []
        for number, image in enumerate(images):
            rng = np.random.default_rng([20230110002, number])
            of = tiles(getattr(data, image)())
            chosen = of[np.sort(rng.choice(len(of), EACH, replace=False))]
            rows.append(np.hstack([np.full((EACH, 1), number, np.uint8), chosen]))
        memory = io.BytesIO()
        np.save(memory, np.vstack(rows))
        with open(out / f"{name}.npy.gz", "wb") as file, gzip.GzipFile("", "wb", 9, file, mtime=0) as packed:
            packed.write(memory.getvalue())


if __name__ == "__main__":
    main()
