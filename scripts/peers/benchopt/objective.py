"""Least squares on 100 × 200 data: what one fit costs besides the method, in benchopt."""

import numpy as np
from benchopt import BaseObjective


class Objective(BaseObjective):
    name = "Least squares"
    min_benchopt_version = "1.5"

    def set_data(self, X, y):
        self.X, self.y = X, y

    def get_objective(self):
        return {"X": self.X, "y": self.y}

    def evaluate_result(self, beta):
        return {"value": float(np.mean((self.y - self.X @ beta) ** 2))}

    def get_one_result(self):
        return {"beta": np.zeros(self.X.shape[1])}
