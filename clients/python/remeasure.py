"""Compares a method written in Python with the estimators of remeasure.

    import remeasure

    @remeasure.estimator("sparse")
    def my_method(X, y, alpha=0.1):
        return coefficients

    remeasure.run()

remeasure starts this program and speaks to it in lines of JSON (docs/protocol.md). The client reads the data, calls the
function and sends its answer. Functions by family:

    @remeasure.estimator("sparse")     f(X, y, ...) -> coefficients
    @remeasure.estimator("ordinal")    f(X, y, X_new, classes, ...) -> probabilities, one row for each row of X_new
    @remeasure.estimator("bilevel")    f(ask, start, lower, upper, budget, ...) -> theta
    @remeasure.problem("sparse")       f(rng, ...) -> {"X", "y"}, optional "coefficients", "sigma"
    @remeasure.problem("ordinal")      f(rng, ...) -> {"X", "y", "classes"}, optional "probabilities", "X_test",
                                       "y_test"
    @remeasure.problem("search")       f(x, ...) -> the value at x, to be minimised

The table `parameters` of the config arrives as keyword arguments. A function that names one of these arguments gets it:
`rng` (numpy.random.default_rng(seed)), `seed`, `time_limit` (seconds or None), `lambda_` (the problem's penalty or
None) and `task` (a `Task`: everything of the request).

An estimator may return a dict instead: the key of its array (`coefficients`, `probabilities` or `theta`), and any of
`iterations`, `certificate`, `lambda`, `converged`, `message` and `numbers`.

Whatever is printed goes to the standard error. An exception becomes a failed fit, and the program goes on.
"""

import inspect
import json
import math
import os
import sys
import traceback

import numpy as np

__all__ = ["BudgetSpent", "Task", "Told", "estimator", "problem", "run"]

PROTOCOL = 1
#: Arrays of at most so many numbers are sent as text, larger ones as a file, which is faster.
SMALL = 16
#: Bounds of this size stand for none.
UNBOUNDED = 1e308

#: Arguments that come from the request, in this order, for each kind of function.
_DATA = {
    ("estimator", "sparse"): ("X", "y"),
    ("estimator", "ordinal"): ("X", "y", "X_new", "classes"),
    ("estimator", "bilevel"): ("ask", "start", "lower", "upper", "budget"),
    ("problem", "sparse"): (),
    ("problem", "ordinal"): (),
    ("problem", "search"): ("x",),
}
#: Arguments that a function gets if it names them.
_OFFERED = ("rng", "seed", "time_limit", "lambda_", "task")
#: The array that an estimator may return as it is.
_MAIN = {"sparse": "coefficients", "ordinal": "probabilities", "bilevel": "theta"}
#: Keys of an answer and what they hold.
_EXTRAS = {
    "iterations": "number",
    "certificate": "number",
    "lambda": "number",
    "converged": "flag",
    "message": "text",
    "numbers": "numbers",
}
_KEYS = {
    ("estimator", "sparse"): {"coefficients": "array", **_EXTRAS},
    ("estimator", "ordinal"): {"probabilities": "array", **_EXTRAS},
    ("estimator", "bilevel"): {"theta": "array", **_EXTRAS},
    ("problem", "sparse"): {"X": "array", "y": "array", "coefficients": "array", "sigma": "number"},
    ("problem", "ordinal"): {
        "X": "array",
        "y": "labels",
        "classes": "count",
        "probabilities": "array",
        "X_test": "array",
        "y_test": "labels",
    },
    ("problem", "search"): {"value": "value"},
}
_REQUIRED = {
    ("problem", "sparse"): ("X", "y"),
    ("problem", "ordinal"): ("X", "y", "classes"),
    ("problem", "search"): ("value",),
}

_functions = {}
_channel = None


class BudgetSpent(Exception):
    """Raised by `ask` when the budget of a bilevel problem is spent.

    A method that does not catch it is answered for: with the theta of the smallest value that it was told.
    """


class Task:
    """Everything of a request: `family`, `parameters`, `cell`, `replicate`, `seed`, `time_limit`, and the `data`."""

    __slots__ = ("family", "parameters", "cell", "replicate", "seed", "time_limit", "data")

    def __init__(self, family, parameters, request, data):
        self.family = family
        self.parameters = parameters
        self.cell = request.get("cell")
        self.replicate = request.get("replicate")
        self.seed = request["seed"]
        self.time_limit = request.get("time_limit")
        self.data = data


class Told:
    """The reply to `ask`: `value`, `gradient` (None if not asked for), `cost` so far, and what is `left`."""

    __slots__ = ("value", "gradient", "cost", "left")

    def __init__(self, told):
        gradient = told.get("gradient")
        self.value = told["value"]
        self.gradient = None if gradient is None else np.array(gradient, dtype=np.float64)
        self.cost = told["cost"]
        self.left = told["left"]


def estimator(family, name=None):
    """Registers a function as an estimator of the family "sparse", "ordinal" or "bilevel"."""
    return _register("estimator", family, name)


def problem(family, name=None):
    """Registers a function that draws data for the family "sparse" or "ordinal", or has values for "search"."""
    return _register("problem", family, name)


def _register(task, family, name):
    if (task, family) not in _DATA:
        known = ", ".join(f'"{f}"' for t, f in _DATA if t == task)
        raise ValueError(f'a function cannot be registered as {task} of "{family}"; families: {known}')

    def register(function):
        if (task, family) in _functions:
            raise ValueError(f'this program already has a function that is {task} of "{family}"')
        _functions[task, family] = (function, name or getattr(function, "__name__", task).replace("_", "-"))
        return function

    return register


def run():
    """Serves remeasure until the standard input ends."""
    processes = sys.modules.get("multiprocessing.process")
    if processes is not None and processes.parent_process() is not None:
        return  # a worker process of the method that imports the same file
    channel = _channel or _take_over()
    line = channel.line()
    if not line:
        return
    try:
        server = _Server(channel, json.loads(line))
    except _Refusal as refusal:
        channel.send({"error": str(refusal)})
        return
    channel.send({"remeasure": PROTOCOL, "families": [server.family], "name": server.name})
    while True:
        line = channel.line()
        if not line:
            return
        request = json.loads(line)
        answer = {"id": request["id"]}
        try:
            answer.update(server.answer(request))
        except _Ended:
            return
        except _Refusal as refusal:
            answer["error"] = str(refusal)
        except (Exception, SystemExit) as error:  # noqa: BLE001: a failed fit is a row of the results
            traceback.print_exc()
            text = str(error)
            answer = {"id": request["id"], "error": type(error).__name__ + (f": {text}" if text else "")}
        channel.send(answer)


class _Refusal(Exception):
    """What is wrong with the config or the function."""


class _Ended(BaseException):
    """The standard input ended while a method waited for a reply."""


class _Channel:
    """Lines of JSON from and to remeasure."""

    def __init__(self, source, target):
        self.line = open(source, "rb", buffering=1 << 16).readline
        self.target = target
        self.encode = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode

    def send(self, message):
        _write(self.target, (self.encode(message) + "\n").encode())


def _write(descriptor, data):
    written = os.write(descriptor, data)
    while written < len(data):
        written += os.write(descriptor, data[written:])


def _take_over():
    """Keeps the standard input and output for the protocol; what is printed goes to the standard error."""
    global _channel
    if sys.stdin is not None and sys.stdin.isatty():
        sys.exit('remeasure starts this program: give it as `command` of an [[estimator]] of kind "command"')
    source, target = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(line_buffering=True)
    _channel = _Channel(source, target)
    return _channel


class _Server:
    """Answers the requests of one process."""

    def __init__(self, channel, greeting):
        if greeting.get("remeasure") != PROTOCOL:
            found = greeting.get("remeasure")
            raise _Refusal(f"this client speaks version {PROTOCOL} of the protocol, remeasure speaks version {found}")
        self.channel = channel
        self.key = (greeting["task"], greeting["family"])
        self.family = greeting["family"]
        if self.key not in _functions:
            has = ", ".join(f"{task} of {family}" for task, family in _functions) or "nothing"
            raise _Refusal(f"this program has no {self.key[0]} of the family {self.family}; it has: {has}")
        self.function, self.name = _functions[self.key]
        self.folder = os.path.join(greeting["folder"], "")
        self.admitted = None
        self.arguments()
        self.headers, self.sizes = {}, {}
        asked = self.key[0] == "estimator" or self.key == ("problem", "search")
        self.collect = getattr(self, f"collect_{self.family}" if asked else "collect_nothing")

    def arguments(self):
        """Takes the signature apart: which arguments are parameters, and which of the offered ones are named."""
        given, arguments = _DATA[self.key], list(inspect.signature(self.function).parameters.values())
        self.title = getattr(self.function, "__name__", "the function")
        positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
        leading = [a for a in arguments[: len(given)] if a.kind in positional and a.name not in _OFFERED]
        if len(leading) < len(given) and not any(a.kind is a.VAR_POSITIONAL for a in arguments):
            raise _Refusal(f"{self.title} must take the arguments {', '.join(given)} first")
        rest = [a for a in arguments if a not in leading and a.kind not in (a.VAR_POSITIONAL, a.VAR_KEYWORD)]
        self.any = any(a.kind is a.VAR_KEYWORD for a in arguments)
        self.reserved = {*_OFFERED, *(a.name for a in leading)}
        self.offered = [a.name for a in rest if a.name in _OFFERED]
        self.takes = {a.name: a.default is a.empty for a in rest if a.name not in _OFFERED}

    def admit(self, parameters):
        """Checks the names of the parameters."""
        for key in parameters:
            if key in self.reserved:
                raise _Refusal(f"the parameter `{key}` must have another name: remeasure sets `{key}` itself")
            if key not in self.takes and not self.any:
                takes = ", ".join(self.takes) or "no parameters"
                raise _Refusal(f"unknown parameter `{key}`: {self.title} takes {takes}")
        for key, required in self.takes.items():
            if required and key not in parameters:
                raise _Refusal(f"the parameter `{key}` is missing: {self.title} has no default for it")
        self.admitted = parameters.keys()

    def answer(self, request):
        self.id = request["id"]
        parameters = self.parameters = request["parameters"]
        if parameters.keys() != self.admitted:
            self.admit(parameters)
        data, shape = self.collect(request["data"])
        if self.offered:
            parameters = {**parameters, **{name: self.offer(name, request, data) for name in self.offered}}
        try:
            result = self.function(*data, **parameters)
        except BudgetSpent:
            result = data[0].best
        if result is None:
            raise TypeError(f"{self.title} returned nothing")
        if isinstance(result, dict):
            return self.check(result, shape)
        if self.key == ("problem", "search"):
            return {"value": _value(result)}
        if self.key[0] == "problem":
            raise TypeError(f"a problem must return a dict, not {type(result).__name__}")
        key = _MAIN[self.family]
        return {key: self.array(key, result, shape)}

    def offer(self, name, request, data):
        if name == "rng":
            return np.random.default_rng(request["seed"])
        if name == "lambda_":
            return request["data"].get("lambda")
        if name == "task":
            named = dict(zip(_DATA[self.key], data)) | {k: v for k, v in request["data"].items() if k == "lambda"}
            return Task(self.family, self.parameters, request, named)
        return request.get(name)

    # What a function is called with, and the shape of its array.

    def collect_sparse(self, data):
        X = self.read(data["X"])
        return (X, self.read(data["y"])), (X.shape[1],)

    def collect_ordinal(self, data):
        new, classes = self.read(data["X_new"]), data["classes"]
        return (self.read(data["X"]), self.read(data["y"], np.int64), new, classes), (new.shape[0], classes)

    def collect_bilevel(self, data):
        start, lower, upper = self.read(data["start"]), self.read(data["lower"]), self.read(data["upper"])
        lower[lower <= -UNBOUNDED] = -np.inf
        upper[upper >= UNBOUNDED] = np.inf
        return (_Ask(self.channel, self.id, start.copy()), start, lower, upper, data["budget"]), start.shape

    def collect_search(self, data):
        return (self.read(data["x"]),), None

    def collect_nothing(self, _):
        return (), None

    def read(self, given, dtype=np.float64):
        """An array of a request. It is a copy: the file may be overwritten by the next request."""
        if isinstance(given, list):
            return np.array(given, dtype=dtype)
        shape, values = given["shape"], given.get("values")
        if values is not None:
            return np.array(values, dtype=dtype).reshape(shape)
        array = np.empty(math.prod(shape), dtype=given["dtype"])
        left = memoryview(array.view(np.uint8))
        with open(self.folder + given["npy"], "rb", buffering=0) as file:
            file.seek(given["offset"])
            while left:
                count = file.readinto(left)
                if not count:
                    raise EOFError(f"{given['npy']} ends early")
                left = left[count:]
        return array.astype(dtype, copy=False).reshape(shape, order=given["order"])

    # Parts of an answer.

    def check(self, result, shape):
        """The answer of a function that returned a dict."""
        kinds, answer = _KEYS[self.key], {}
        for key, value in result.items():
            key = "lambda" if key == "lambda_" else key
            kind = kinds.get(key)
            if kind is None:
                raise ValueError(f"unknown key `{key}` in what was returned; known: {', '.join(kinds)}")
            if value is None:
                continue
            if kind == "array":
                answer[key] = self.array(key, value, shape)
            elif kind == "labels":
                answer[key] = self.array(key, value, None, whole=True)
            elif kind == "number":
                answer[key] = _number(key, value)
            elif kind == "value":
                answer[key] = _value(value)
            elif kind == "count":
                answer[key] = int(value)
            elif kind == "flag":
                answer[key] = bool(value)
            elif kind == "text":
                answer[key] = str(value)
            else:
                answer[key] = {str(name): _number(name, number) for name, number in value.items()}
        for key in _REQUIRED.get(self.key) or (_MAIN[self.family],):
            if key not in answer:
                raise ValueError(f"`{key}` is missing in what was returned")
        return answer

    def array(self, key, value, shape, whole=False):
        """Numbers as text, or the name of the file that has them."""
        if np.iscomplexobj(value):
            raise ValueError(f"`{key}` is complex")
        array = np.asarray(value, dtype=np.float64)
        if shape is not None and array.shape != shape:
            # A single column or row counts as a vector.
            if len(shape) > 1 or array.size != shape[0]:
                raise ValueError(f"`{key}` must have the shape {shape}, it has {array.shape}")
            array = array.reshape(shape)
        if not np.isfinite(array).all():
            raise ValueError(f"`{key}` has a NaN" if np.isnan(array).any() else f"`{key}` has an infinite number")
        if array.size <= SMALL:
            return (array.astype(np.int64) if whole and (array == np.rint(array)).all() else array).tolist()
        columns_first = array.flags.f_contiguous and not array.flags.c_contiguous
        data = np.ascontiguousarray(array.T if columns_first else array).reshape(-1).view(np.uint8)
        header = self.headers.get((array.shape, columns_first))
        if header is None:
            header = self.headers[array.shape, columns_first] = _header(array.shape, columns_first)
        name, size = f"answer-{key}.npy", len(header) + len(data)
        # Overwriting is faster than starting with an empty file.
        flags = os.O_WRONLY | os.O_CREAT | (0 if self.sizes.get(name) == size else os.O_TRUNC)
        file = os.open(self.folder + name, flags, 0o600)
        try:
            _write(file, header)
            _write(file, data.data)
        finally:
            os.close(file)
        self.sizes[name] = size
        return {"npy": name}


def _number(key, value):
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"`{key}` is NaN" if math.isnan(number) else f"`{key}` is infinite")
    return int(number) if number.is_integer() and abs(number) < 1e15 else number


def _value(value):
    """A value of a function; null if it is not finite, and the search goes on."""
    number = float(value)
    return number if math.isfinite(number) else None


def _header(shape, columns_first):
    """The header of a .npy file (version 1.0) of float64 numbers."""
    text = f"{{'descr': '<f8', 'fortran_order': {columns_first}, 'shape': {tuple(map(int, shape))}, }}".encode()
    text += b" " * (-(len(text) + 11) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text


class _Ask:
    """The function `ask` of a bilevel method."""

    def __init__(self, channel, number, start):
        self.channel, self.id = channel, number
        self.best, self.least = start, math.inf

    def __call__(self, theta, accuracy=None, gradient=True):
        theta = np.array(theta, dtype=np.float64)
        if theta.shape != self.best.shape or not np.isfinite(theta).all():
            raise ValueError(f"ask takes {self.best.size} finite numbers, not {theta}")
        if accuracy is not None:
            accuracy = _number("accuracy", accuracy)
        ask = {"theta": theta.tolist(), "accuracy": accuracy, "gradient": bool(gradient)}
        self.channel.send({"id": self.id, "ask": ask})
        line = self.channel.line()
        if not line:
            raise _Ended
        told = json.loads(line)["told"]
        if told is None:
            raise BudgetSpent("the budget is spent")
        told = Told(told)
        if told.value < self.least:
            self.best, self.least = theta, told.value
        return told


if os.environ.get("REMEASURE_PROTOCOL"):
    # Before the imports and prints of the method.
    _take_over()
