"""Tests of the Python client against a stand-in for remeasure, which checks every line with the schemas.

    python3 -m unittest discover --start-directory clients/python

Needs numpy and jsonschema.
"""

import importlib.util
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import textwrap
import unittest

import jsonschema
import numpy as np
import referencing

HERE = pathlib.Path(__file__).resolve().parent
SCHEMAS = HERE.parent.parent / "docs" / "schemas"
EXAMPLES = HERE.parent.parent / "examples" / "external"


def validators():
    contents = {path.name: json.loads(path.read_text()) for path in SCHEMAS.glob("*.json")}
    registry = referencing.Registry().with_resources(
        (name, referencing.Resource.from_contents(schema)) for name, schema in contents.items()
    )
    check = jsonschema.Draft202012Validator
    for schema in contents.values():
        check.check_schema(schema)
    return {name.removesuffix(".json"): check(schema, registry=registry) for name, schema in contents.items()}


VALIDATORS = validators()


class Harness:
    """Starts a program (a Python file, the text of one, or a command) and speaks to it as remeasure does."""

    def __init__(self, source, family="sparse", task="estimator", parameters=None, folder=None):
        self.family, self.task, self.count = family, task, 0
        self.parameters = parameters or {}
        self.temporary = tempfile.TemporaryDirectory()
        self.folder = pathlib.Path(self.temporary.name, "shared")
        self.folder.mkdir()
        self.errors = pathlib.Path(self.temporary.name, "errors")
        command = source
        if isinstance(source, pathlib.Path):
            command = [sys.executable, str(source)]
        elif isinstance(source, str):
            source = "import numpy as np, remeasure\n" + textwrap.dedent(source) + "\nremeasure.run()"
            command = [sys.executable, "-c", source]
        paths = os.pathsep.join(filter(None, [str(HERE), os.environ.get("PYTHONPATH")]))
        with self.errors.open("wb") as errors:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                cwd=folder,
                env={**os.environ, "REMEASURE_PROTOCOL": "1", "PYTHONPATH": paths},
            )
        greeting = {"remeasure": 1, "task": task, "family": family, "folder": str(self.folder)}
        self.send("greeting", greeting)
        self.welcome = self.receive("welcome")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
        self.temporary.cleanup()

    def close(self):
        """Ends the standard input; returns the exit code of the program and what it wrote to the standard error."""
        if not self.process.stdin.closed:
            self.process.stdin.close()
        code = self.process.wait(timeout=20)
        rest = self.process.stdout.read() if not self.process.stdout.closed else b""
        self.process.stdout.close()
        assert rest == b"", rest
        return code, self.errors.read_text()

    def send(self, schema, message):
        VALIDATORS[schema].validate(message)
        self.process.stdin.write(json.dumps(message, allow_nan=False).encode() + b"\n")
        self.process.stdin.flush()

    def receive(self, *schemas):
        line = self.process.stdout.readline()
        assert line.endswith(b"\n"), f"no line: {line!r}\n{self.errors.read_text()}"
        message = json.loads(line)
        # The schema of a question if it is one.
        schema = schemas[-1] if "ask" in message else schemas[0]
        VALIDATORS[schema].validate(message)
        return message

    def array(self, name, array, file):
        """An array of a request, in the text or as a file."""
        array = np.asarray(array)
        if not file:
            return {"shape": list(array.shape), "values": array.ravel().tolist()}
        np.save(self.folder / f"{name}.npy", array)
        order = "F" if array.flags.f_contiguous and not array.flags.c_contiguous else "C"
        offset = (self.folder / f"{name}.npy").stat().st_size - array.nbytes
        place = {"npy": f"{name}.npy", "offset": offset, "order": order, "dtype": array.dtype.str}
        return {"shape": list(array.shape), **place}

    def request(self, file=False, seed=7, parameters=None, **data):
        self.count += 1
        for name, value in data.items():
            if isinstance(value, np.ndarray):
                data[name] = self.array(name, value, file)
        request = {"id": self.count, "cell": "9f3c2a", "replicate": 3, "seed": seed, "time_limit": None, "data": data}
        request["parameters"] = self.parameters if parameters is None else parameters
        self.send("problem-request" if self.task == "problem" else f"{self.family}-request", request)

    def answer(self, **data):
        self.request(**data)
        schema = f"{self.family}-problem-answer" if self.task == "problem" else f"{self.family}-answer"
        message = self.receive(schema, f"{self.family}-ask")
        assert message["id"] == self.count
        return message

    def converse(self, value, spent_after=10**6, **data):
        """Tells the values of a function, and 2θ as its gradient, until the answer; returns the questions too."""
        questions, message = [], self.answer(**data)
        while "ask" in message:
            ask = message["ask"]
            questions.append(ask)
            theta = np.array(ask["theta"])
            gradient = (2 * theta).tolist() if ask["gradient"] else None
            told = {"value": value(theta), "gradient": gradient, "cost": len(questions), "left": 10 - len(questions)}
            told = told if len(questions) <= spent_after else None
            self.send("bilevel-told", {"id": self.count, "told": told})
            message = self.receive("bilevel-answer", "bilevel-ask")
        return message, questions

    def load(self, value):
        """An array of an answer."""
        return np.load(self.folder / value["npy"]) if isinstance(value, dict) else np.array(value)


def regression(n=30, p=5, seed=1):
    rng = np.random.default_rng(seed)
    X = np.asfortranarray(rng.standard_normal((n, p)))
    return X, X @ np.arange(1.0, p + 1) + 0.1 * rng.standard_normal(n)


LEAST_SQUARES = """
@remeasure.estimator("sparse")
def least_squares(X, y, ridge=0.0):
    return np.linalg.solve(X.T @ X + ridge * np.eye(X.shape[1]), X.T @ y)
"""


class Sparse(unittest.TestCase):
    def setUp(self):
        self.X, self.y = regression()
        self.data = {"X": self.X, "y": self.y, "lambda": None}

    def test_a_method_of_a_few_lines(self):
        expected = np.linalg.lstsq(self.X, self.y, rcond=None)[0]
        with Harness(LEAST_SQUARES) as harness:
            self.assertEqual(harness.welcome, {"remeasure": 1, "families": ["sparse"], "name": "least-squares"})
            for file in (False, True, False):
                np.testing.assert_allclose(harness.answer(file=file, **self.data)["coefficients"], expected)
            code, errors = harness.close()
            self.assertEqual((code, errors), (0, ""))

    def test_parameters_come_with_each_request(self):
        expected = np.linalg.solve(self.X.T @ self.X + 2.5 * np.eye(5), self.X.T @ self.y)
        with Harness(LEAST_SQUARES) as harness:
            first = harness.answer(**self.data)["coefficients"]
            second = harness.answer(parameters={"ridge": 2.5}, **self.data)["coefficients"]
            np.testing.assert_allclose(second, expected)
            self.assertEqual(harness.answer(**self.data)["coefficients"], first)

    def test_files_in_both_orders_and_of_whole_numbers(self):
        source = """
        @remeasure.estimator("sparse")
        def sums(X, y):
            assert X.dtype == y.dtype == np.float64 and X.flags.writeable
            return X.sum(axis=0) + y[0]
        """
        with Harness(source) as harness:
            for X in (self.X, np.ascontiguousarray(self.X), np.arange(150).reshape(30, 5)):
                answer = harness.answer(file=True, **{**self.data, "X": X})
                np.testing.assert_allclose(answer["coefficients"], X.sum(axis=0) + self.y[0])
            empty = {"X": np.zeros((0, 3)), "y": np.array([1.5]), "lambda": None}
            for file in (False, True):
                self.assertEqual(harness.answer(file=file, **empty)["coefficients"], [1.5] * 3)

    def test_large_answers_are_files(self):
        source = """
        @remeasure.estimator("sparse")
        def correlations(X, y, keep):
            return (X.T @ y)[None, :] if keep else np.zeros(X.shape[1], dtype=np.float32)
        """
        with Harness(source) as harness:
            for p in (10, 300, 200, 20_000):
                X, y = regression(4, p)
                for keep in (True, False):
                    answer = harness.answer(file=True, parameters={"keep": keep}, X=X, y=y, **{"lambda": 1.0})
                    np.testing.assert_allclose(harness.load(answer["coefficients"]), keep * (X.T @ y))
            self.assertIn("npy", answer["coefficients"])
            size = (harness.folder / answer["coefficients"]["npy"]).stat().st_size
            self.assertEqual((size - 8 * p) % 64, 0)

    def test_offered_arguments(self):
        source = """
        @remeasure.estimator("sparse", name="told")
        def method(X, y, task, seed, time_limit, lambda_, rng, scale=1.0):
            assert time_limit is None and task.cell == "9f3c2a" and task.replicate == 3
            assert task.parameters == {"scale": 2.0} and task.data["X"] is X and task.data["lambda"] == lambda_
            return [seed, lambda_, scale, rng.standard_normal(), 0.0]
        """
        with Harness(source, parameters={"scale": 2.0}) as harness:
            self.assertEqual(harness.welcome["name"], "told")
            drawn = np.random.default_rng(2**53 - 1).standard_normal()
            for _ in range(2):
                answer = harness.answer(seed=2**53 - 1, **{**self.data, "lambda": 0.25})
                self.assertEqual(answer["coefficients"], [2**53 - 1, 0.25, 2.0, drawn, 0.0])

    def test_what_a_method_says_of_its_fit(self):
        source = """
        @remeasure.estimator("sparse")
        def method(X, y):
            return dict(coefficients=np.zeros((5, 1)), iterations=np.int64(3), certificate=np.float64(1e-9),
                        lambda_=0.5, converged=np.bool_(False), message="too slow", numbers={"a": np.float32(0.5)})
        """
        with Harness(source) as harness:
            answer = harness.answer(**self.data)
        self.assertEqual(
            answer,
            {
                "id": 1,
                "coefficients": [0.0] * 5,
                "iterations": 3,
                "certificate": 1e-9,
                "lambda": 0.5,
                "converged": False,
                "message": "too slow",
                "numbers": {"a": 0.5},
            },
        )

    def test_wrong_parameters_are_named(self):
        required = """
        @remeasure.estimator("sparse")
        def method(X, y, alpha, *, beta=1):
            return X.T @ y
        """
        for parameters, expected in [
            ({"alhpa": 1}, "unknown parameter `alhpa`: method takes alpha, beta"),
            ({"beta": 1}, "the parameter `alpha` is missing: method has no default for it"),
            ({"alpha": 1, "seed": 1}, "the parameter `seed` must have another name: remeasure sets `seed` itself"),
        ]:
            with Harness(required, parameters=parameters) as harness:
                self.assertEqual(harness.answer(**self.data), {"id": 1, "error": expected})
                self.assertIn("coefficients", harness.answer(parameters={"alpha": 2}, **self.data))
        open_ended = """
        @remeasure.estimator("sparse")
        def method(X, y, **parameters):
            return [parameters["alpha"]] * 5
        """
        with Harness(open_ended, parameters={"alpha": 4}) as harness:
            self.assertEqual(harness.answer(**self.data)["coefficients"], [4.0] * 5)

    def test_what_cannot_start_says_why(self):
        with Harness(LEAST_SQUARES, family="ordinal") as harness:
            expected = "this program has no estimator of the family ordinal; it has: estimator of sparse"
            self.assertEqual(harness.welcome, {"error": expected})
            self.assertEqual(harness.close()[0], 0)
        with Harness('@remeasure.estimator("sparse")\ndef method(X): return X[0]') as harness:
            self.assertEqual(harness.welcome, {"error": "method must take the arguments X, y first"})

    def test_errors_are_answers_and_the_program_goes_on(self):
        source = """
        import sys
        @remeasure.estimator("sparse")
        def method(X, y, how):
            if how == "error":
                raise ValueError("it went ½ wrong\\nbadly")
            if how == "exit":
                sys.exit(3)
            if how == "silent":
                raise ArithmeticError
            values = {"nan": [1, 2, np.nan, 4, 5], "inf": [1, 2, -np.inf, 4, 5], "shape": [1, 2], "nothing": None}
            values["complex"] = [1j, 2, 3, 4, 5]
            more = {"key": {"lamda": 1}, "number": {"certificate": np.nan}, "own": {"numbers": {"a": np.inf}}}
            if how in more:
                return dict(coefficients=X[0], **more[how])
            return values.get(how, {"iterations": 1}) if how != "fine" else X[0]
        """
        expected = {
            "error": "ValueError: it went ½ wrong\nbadly",
            "exit": "SystemExit: 3",
            "silent": "ArithmeticError",
            "nan": "ValueError: `coefficients` has a NaN",
            "inf": "ValueError: `coefficients` has an infinite number",
            "shape": "ValueError: `coefficients` must have the shape (5,), it has (2,)",
            "nothing": "TypeError: method returned nothing",
            "complex": "ValueError: `coefficients` is complex",
            "number": "ValueError: `certificate` is NaN",
            "own": "ValueError: `a` is infinite",
            "missing": "ValueError: `coefficients` is missing in what was returned",
        }
        with Harness(source) as harness:
            for how, error in expected.items():
                self.assertEqual(harness.answer(parameters={"how": how}, **self.data)["error"], error)
            self.assertIn("`lamda`", harness.answer(parameters={"how": "key"}, **self.data)["error"])
            self.assertIn("coefficients", harness.answer(parameters={"how": "fine"}, **self.data))
            code, errors = harness.close()
        self.assertEqual(code, 0)
        self.assertIn("Traceback", errors)

    def test_nothing_printed_or_read_disturbs_the_protocol(self):
        source = """
        import os, subprocess, sys
        print("on import")
        @remeasure.estimator("sparse")
        def method(X, y):
            print("from Python")
            os.write(1, b"from a library\\n")
            subprocess.run(["sh", "-c", "echo from a child; cat"], check=True)
            assert sys.stdin.read() == ""
            return X[0]
        """
        with Harness(source) as harness:
            for _ in range(2):
                self.assertIn("coefficients", harness.answer(**self.data))
            code, errors = harness.close()
        self.assertEqual(code, 0)
        self.assertEqual(set(errors.split("\n")), {"on import", "from Python", "from a child", "from a library", ""})

    def test_worker_processes_of_a_method(self):
        source = """
        import multiprocessing, os, sys
        sys.path.insert(0, os.environ["CLIENT"])
        import remeasure
        @remeasure.estimator("sparse")
        def method(X, y):
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                return pool.map(float, range(X.shape[1]))
        remeasure.run()
        """
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "method.py"
            path.write_text(textwrap.dedent(source))
            os.environ["CLIENT"] = str(HERE)
            with Harness(path) as harness:
                self.assertEqual(harness.answer(**self.data)["coefficients"], [0.0, 1.0, 2.0, 3.0, 4.0])
                self.assertEqual(harness.close()[0], 0)

    def test_registration_is_checked(self):
        source = """
        try:
            remeasure.problem("bilevel")
        except ValueError as error:
            print(error)
        """
        with Harness(LEAST_SQUARES + textwrap.dedent(source)) as harness:
            self.assertIn('families: "sparse", "ordinal"', harness.close()[1])


class Ordinal(unittest.TestCase):
    def test_frequencies(self):
        source = """
        @remeasure.estimator("ordinal")
        def frequencies(X, y, X_new, classes, smooth=0):
            assert y.dtype == np.int64 and y.min() == 1
            counts = np.bincount(y - 1, minlength=classes) + smooth
            return np.tile(counts / counts.sum(), (len(X_new), 1))
        """
        rng = np.random.default_rng(2)
        y = np.concatenate([[1, 2, 3], rng.integers(1, 4, 37)])
        data = {"X": rng.standard_normal((40, 2)), "y": y, "classes": 3}
        with Harness(source, family="ordinal") as harness:
            for file in (False, True):
                for m in (4, 50):
                    answer = harness.answer(file=file, X_new=np.zeros((m, 2)), **data)
                    probabilities = harness.load(answer["probabilities"])
                    self.assertEqual(probabilities.shape, (m, 3))
                    np.testing.assert_allclose(probabilities[-1], np.bincount(y)[1:] / 40)

    def test_the_shape_is_checked_and_columns_may_come_first(self):
        source = """
        @remeasure.estimator("ordinal")
        def method(X, y, X_new, classes, transposed):
            ramp = np.arange(len(X_new) * classes, dtype=float).reshape(classes, -1)
            return ramp if transposed else ramp.T
        """
        data = {"X": np.eye(2), "y": np.array([1, 2]), "classes": 2, "X_new": np.zeros((30, 2))}
        with Harness(source, family="ordinal") as harness:
            answer = harness.answer(parameters={"transposed": False}, **data)
            raw = (harness.folder / answer["probabilities"]["npy"]).read_bytes()
            self.assertIn(b"'fortran_order': True", raw)
            np.testing.assert_array_equal(harness.load(answer["probabilities"]), np.arange(60.0).reshape(2, 30).T)
            error = harness.answer(parameters={"transposed": True}, **data)["error"]
            self.assertEqual(error, "ValueError: `probabilities` must have the shape (30, 2), it has (2, 30)")


class Bilevel(unittest.TestCase):
    data = {
        "start": np.array([4.0, -2.0]),
        "lower": np.array([-1e308, -5.0]),
        "upper": np.array([1e308, 1e308]),
        "budget": 10.0,
    }

    def test_a_conversation(self):
        source = """
        @remeasure.estimator("bilevel")
        def descent(ask, start, lower, upper, budget, step=0.25):
            assert lower.tolist() == [-np.inf, -5.0] and upper.tolist() == [np.inf, np.inf] and budget == 10
            theta = start
            while True:
                told = ask(theta, accuracy=1e-3)
                if told.left <= 5:
                    assert ask(theta, gradient=False).gradient is None
                    return {"theta": theta, "certificate": np.abs(told.gradient).max()}
                theta = np.clip(theta - step * told.gradient, lower, upper)
        """
        with Harness(source, family="bilevel") as harness:
            for _ in range(2):
                answer, questions = harness.converse(lambda theta: float(theta @ theta), **self.data)
                self.assertEqual([q["gradient"] for q in questions], [True] * 5 + [False])
                self.assertEqual([q["accuracy"] for q in questions], [1e-3] * 5 + [None])
                self.assertEqual(answer, {"id": harness.count, "theta": [0.25, -0.125], "certificate": 0.5})

    def test_a_spent_budget(self):
        source = """
        @remeasure.estimator("bilevel")
        def endless(ask, start, lower, upper, budget, caught=False):
            theta = start
            try:
                while True:
                    ask(theta)
                    theta += 1.0
            except remeasure.BudgetSpent:
                if caught:
                    return lower
                raise
        """
        with Harness(source, family="bilevel") as harness:
            answer, _ = harness.converse(lambda theta: float(theta @ theta), spent_after=3, **self.data)
            self.assertEqual(answer, {"id": 1, "theta": [4.0, -2.0]})
            answer, _ = harness.converse(lambda theta: -float(theta @ theta), spent_after=3, **self.data)
            self.assertEqual(answer, {"id": 2, "theta": [6.0, 0.0]})
            changed = {"lower": np.array([0.0, 1.0]), "parameters": {"caught": True}}
            answer, _ = harness.converse(sum, spent_after=0, **{**self.data, **changed})
            self.assertEqual(answer, {"id": 3, "theta": [0.0, 1.0]})

    def test_only_finite_points_can_be_asked_for(self):
        source = """
        @remeasure.estimator("bilevel")
        def method(ask, start, lower, upper, budget):
            ask(start * np.nan)
        """
        with Harness(source, family="bilevel") as harness:
            self.assertIn("ask takes 2 finite numbers", harness.answer(**self.data)["error"])

    def test_the_end_of_the_input_ends_a_question(self):
        source = """
        @remeasure.estimator("bilevel")
        def method(ask, start, lower, upper, budget):
            try:
                ask(start)
            except Exception:
                return start
        """
        with Harness(source, family="bilevel") as harness:
            self.assertIn("ask", harness.answer(**self.data))
            self.assertEqual(harness.close(), (0, ""))


class Problems(unittest.TestCase):
    def test_sparse(self):
        source = """
        @remeasure.problem("sparse")
        def draw(rng, n, p=3):
            X, b = rng.standard_normal((n, p)), np.ones(p)
            return {"X": X, "y": X @ b, "coefficients": b, "sigma": 0.0}
        """
        with Harness(source, task="problem", parameters={"n": 4}) as harness:
            self.assertEqual(harness.welcome["name"], "draw")
            answer = harness.answer(seed=5)
            X = np.random.default_rng(5).standard_normal((4, 3))
            np.testing.assert_array_equal(answer["X"], X)
            np.testing.assert_allclose(answer["y"], X.sum(axis=1))
            self.assertEqual((answer["coefficients"], answer["sigma"]), ([1.0] * 3, 0))
            answer = harness.answer(seed=5, parameters={"n": 40, "p": 10})
            self.assertEqual(harness.load(answer["X"]).shape, (40, 10))

    def test_ordinal(self):
        source = """
        @remeasure.problem("ordinal")
        def draw(rng, n):
            X = rng.uniform(-1, 1, (n, 2))
            y = 1 + (X.sum(axis=1) > 0) + (X.sum(axis=1) > 1)
            return {"X": X, "y": y, "classes": 3, "X_test": X[:2], "y_test": y[:2]}
        """
        with Harness(source, family="ordinal", task="problem") as harness:
            for n in (8, 100):
                answer = harness.answer(parameters={"n": n})
                X, y = harness.load(answer["X"]), harness.load(answer["y"])
                np.testing.assert_array_equal(y, 1 + (X.sum(axis=1) > 0) + (X.sum(axis=1) > 1))
                self.assertEqual((answer["classes"], answer["y_test"]), (3, y[:2].tolist()))

    def test_what_is_missing(self):
        source = """
        @remeasure.problem("sparse")
        def draw(rng, how):
            return np.eye(2) if how == "array" else {"X": np.eye(2)}
        """
        with Harness(source, task="problem") as harness:
            error = harness.answer(parameters={"how": "array"})["error"]
            self.assertEqual(error, "TypeError: a problem must return a dict, not ndarray")
            error = harness.answer(parameters={"how": "part"})["error"]
            self.assertEqual(error, "ValueError: `y` is missing in what was returned")


class Examples(unittest.TestCase):
    """The programs of examples/external; those whose packages are missing are skipped."""

    def fit(self, file, parameters, X, y):
        with Harness(EXAMPLES / file, parameters=parameters, folder=EXAMPLES) as harness:
            answer = harness.answer(file=True, X=X, y=y, **{"lambda": None})
            self.assertEqual(harness.close(), (0, ""))
        self.assertNotIn("error", answer)
        return harness.load(answer["coefficients"]), answer

    def check_lasso(self, X, y, b, alpha):
        """Whether b minimises 1/(2n)‖y − Xb‖² + alpha‖b‖₁."""
        gradient = X.T @ (y - X @ b) / len(y)
        self.assertLess(np.abs(gradient).max(), alpha * (1 + 1e-6))
        np.testing.assert_allclose(gradient[b != 0], alpha * np.sign(b[b != 0]), rtol=1e-6)

    def test_own_method(self):
        X, y = regression(60, 8)
        b, _ = self.fit("own_method.py", {"fraction": 0.1}, X, y)
        self.check_lasso(X, y, b, 0.1 * np.abs(X.T @ y).max() / 60)

    @unittest.skipUnless(importlib.util.find_spec("sklearn"), "no scikit-learn")
    def test_lasso(self):
        X, y = regression(60, 8)
        for parameters in ({"alpha": 0.3}, {"fraction": 0.1}, {"cv": 5, "points": 10}):
            b, answer = self.fit("lasso.py", {**parameters, "tolerance": 1e-14}, X, y)
            self.check_lasso(X, y, b, answer["lambda"])
            self.assertLess(answer["certificate"], 1e-12)
            self.assertEqual(answer["numbers"], {"nonzeros": np.count_nonzero(b)})
            self.assertTrue(answer["converged"])

    @unittest.skipUnless(importlib.util.find_spec("statsmodels"), "no statsmodels")
    def test_ordered_model(self):
        rng = np.random.default_rng(4)
        X = rng.uniform(-1, 1, (400, 2))
        y = 1 + (X[:, 0] + rng.logistic(size=400) > 0) + (X[:, 0] + rng.logistic(size=400) > 2)
        with Harness(EXAMPLES / "ordered_model.py", family="ordinal", folder=EXAMPLES) as harness:
            for classes in (3, 4):
                answer = harness.answer(file=True, X=X, y=y, classes=classes, X_new=X[:30])
                probabilities = harness.load(answer["probabilities"])
                self.assertEqual(probabilities.shape, (30, classes))
                np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-12)
                self.assertLess(answer["certificate"], 1e-6)


if __name__ == "__main__":
    unittest.main()
