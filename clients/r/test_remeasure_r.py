"""Tests of the R client, with the stand-in for remeasure of the Python client's tests.

    python3 clients/r/test_remeasure_r.py

Needs Rscript with jsonlite, and what the tests of the Python client need.
"""

import os
import pathlib
import shutil
import sys
import textwrap
import unittest

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "python"))
from test_remeasure import EXAMPLES, Harness, regression


def program(source, **options):
    text = f'source("{HERE / "remeasure.R"}")\n{textwrap.dedent(source)}\nremeasure_run()'
    return Harness(["Rscript", "--vanilla", "-e", text], **options)


@unittest.skipUnless(shutil.which("Rscript"), "no Rscript")
class Client(unittest.TestCase):
    def setUp(self):
        self.X, self.y = regression()
        self.data = {"X": self.X, "y": self.y, "lambda": None}

    def test_arrays_and_what_a_method_is_told(self):
        source = """
        print("on start")
        remeasure_estimator("sparse", function(X, y, seed, lambda_, task, scale = 1) {
            print("from the method")
            system("echo from a child >&2")
            stopifnot(identical(task$cell, "9f3c2a"), is.null(task$time_limit), seed == 2^53 - 1)
            list(coefficients = scale * crossprod(X, y), lambda = lambda_, iterations = 3L, certificate = 0.1,
                 converged = FALSE, message = "too \\"slow\\" \\u00bd", numbers = list(drawn = runif(1)))
        }, name = "correlations")
        """
        with program(source) as harness:
            self.assertEqual(harness.welcome, {"remeasure": 1, "families": ["sparse"], "name": "correlations"})
            answers = []
            for p in (5, 40):
                for file in (False, True):
                    for order in ("C", "F"):
                        X, y = regression(20, p)
                        data = {"X": np.asarray(X, order=order), "y": y, "lambda": 0.1}
                        answer = harness.answer(file=file, seed=2**53 - 1, parameters={"scale": 2}, **data)
                        np.testing.assert_allclose(harness.load(answer["coefficients"]), 2 * X.T @ y, rtol=1e-13)
                        del answer["id"], answer["coefficients"]
                        answers.append(answer)
            self.assertEqual(answers[0], answers[-1])
            drawn = answers[0].pop("numbers")["drawn"]
            self.assertTrue(0 < drawn < 1)
            more = {"lambda": 0.1, "iterations": 3, "certificate": 0.1, "converged": False, "message": 'too "slow" ½'}
            self.assertEqual(answers[0], more)
            code, errors = harness.close()
        self.assertEqual(code, 0)
        for text in ("on start", "from the method", "from a child"):
            self.assertIn(text, errors)

    def test_numbers_are_exact(self):
        source = 'remeasure_estimator("sparse", function(X, y) X[1, ])'
        with program(source) as harness:
            for file in (False, True):
                answer = harness.answer(file=file, **self.data)
                self.assertEqual(answer["coefficients"], self.X[0].tolist())

    def test_errors(self):
        source = """
        remeasure_estimator("sparse", function(X, y, how) switch(how,
            error = stop("it went wrong"), nan = c(1, NaN, 3, 4, 5), inf = c(1, Inf, 3, 4, 5), shape = 1:3,
            key = list(coefficients = 1:5, lamda = 1), missing = list(iterations = 1), text = "a", nothing = NULL,
            fine = y[1:5]))
        """
        expected = {
            "error": "it went wrong",
            "nan": "`coefficients` has a NaN",
            "inf": "`coefficients` has an infinite number",
            "shape": "`coefficients` must have the shape 5, it has 3",
            "missing": "`coefficients` is missing in what was returned",
            "text": "`coefficients` is not numeric",
            "nothing": "the function returned nothing",
        }
        with program(source) as harness:
            for how, error in expected.items():
                self.assertEqual(harness.answer(parameters={"how": how}, **self.data)["error"], error)
            self.assertIn("`lamda`", harness.answer(parameters={"how": "key"}, **self.data)["error"])
            unknown = harness.answer(parameters={"who": 1}, **self.data)["error"]
            self.assertEqual(unknown, "unknown parameter `who`: the function takes how")
            missing = harness.answer(parameters={}, **self.data)["error"]
            self.assertEqual(missing, "the parameter `how` is missing: the function has no default for it")
            answer = harness.answer(parameters={"how": "fine"}, **self.data)
            self.assertEqual(answer["coefficients"], self.y[:5].tolist())
            self.assertIn("Error: it went wrong", harness.close()[1])
        with program(source, family="ordinal") as harness:
            expected = "this program has no estimator of the family ordinal; it has: estimator of sparse"
            self.assertEqual(harness.welcome, {"error": expected})

    def test_bilevel(self):
        source = """
        remeasure_estimator("bilevel", function(ask, start, lower, upper, budget, catch = FALSE) {
            stopifnot(identical(lower, c(-Inf, -5)), identical(upper, c(Inf, Inf)), budget == 10)
            theta <- start
            fit <- function() repeat theta <<- theta - 0.25 * ask(theta, accuracy = 0.001)$gradient
            if (catch) tryCatch(fit(), remeasure_budget_spent = function(e) theta) else fit()
        })
        """
        data = {
            "start": np.array([4.0, -2.0]),
            "lower": np.array([-1e308, -5.0]),
            "upper": np.array([1e308, 1e308]),
            "budget": 10.0,
        }
        with program(source, family="bilevel") as harness:
            for catch, theta in ((False, [1.0, -0.5]), (True, [0.5, -0.25])):
                answer, questions = harness.converse(
                    lambda theta: float(theta @ theta), spent_after=3, parameters={"catch": catch}, **data
                )
                self.assertEqual(answer, {"id": harness.count, "theta": theta})
                self.assertEqual([q["accuracy"] for q in questions], [0.001] * 4)

    def test_problem(self):
        source = """
        remeasure_problem("ordinal", function(n) {
            X <- matrix(runif(2 * n, -1, 1), n)
            list(X = X, y = 1 + (rowSums(X) > 0), classes = 2)
        })
        """
        with program(source, family="ordinal", task="problem") as harness:
            first = harness.answer(parameters={"n": 5})
            for n in (5, 50):
                answer = harness.answer(parameters={"n": n})
                X, y = harness.load(answer["X"]), harness.load(answer["y"])
                self.assertEqual(X.shape, (n, 2))
                np.testing.assert_array_equal(y, 1 + (X.sum(axis=1) > 0))
            self.assertEqual(harness.answer(parameters={"n": 5})["X"], first["X"])

    def test_the_example(self):
        rng = np.random.default_rng(3)
        X = rng.standard_normal((200, 2))
        y = 1 + (X[:, 0] + rng.logistic(size=200) > 0) + (X[:, 0] + rng.logistic(size=200) > 2)
        data = {"X": X, "y": y, "classes": 3}
        with Harness(["Rscript", "--vanilla", "polr.R"], family="ordinal", folder=EXAMPLES) as harness:
            for m in (1, 30):
                probabilities = harness.load(harness.answer(X_new=X[:m], **data)["probabilities"])
                self.assertEqual(probabilities.shape, (m, 3))
                np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-12)
            self.assertEqual(harness.close(), (0, ""))


if __name__ == "__main__":
    unittest.main()
