"""Gaussian data, one set for each seed."""

import numpy as np
from benchopt import BaseDataset


class Dataset(BaseDataset):
    name = "gaussian"
    parameters = {"seed": list(range(100))}

    def get_data(self):
        rng = np.random.default_rng(self.seed)
        return {"X": rng.standard_normal((100, 200)), "y": rng.standard_normal(100)}
