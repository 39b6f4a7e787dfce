"""A method that behaves as its parameters say, without any package. Lines received are kept in lines-PID.jsonl."""

import json
import os
import struct
import subprocess
import sys
import time

log = open("lines-%d.jsonl" % os.getpid(), "w") if "KEEP" in os.environ else None


def receive():
    line = sys.stdin.readline()
    if not line:
        sys.exit(0)
    if log:
        log.write(line)
        log.flush()
    return json.loads(line)


def send(**fields):
    print(json.dumps(fields), flush=True)


def numbers(array):
    if "values" in array:
        return array["values"]
    with open(os.path.join(folder, array["npy"]), "rb") as file:
        file.seek(array["offset"])
        data = file.read()
    kind = {"<f8": "d", "<i8": "q"}[array["dtype"]]
    return struct.unpack("<%d%s" % (len(data) // 8, kind), data)


def misbehave(how, request):
    """Does what no method should, in the second replicate."""
    if how == "crash":
        print("about to fail", file=sys.stderr, flush=True)
        os._exit(3)
    if how == "hang":
        # A child of its own, which must not outlive it either.
        subprocess.Popen(["sleep", "600"])
        time.sleep(600)
    if how == "garbage":
        print("Hello!", flush=True)
    if how == "nan":
        print('{"id": %d, "coefficients": [NaN]}' % request["id"], flush=True)
    if how == "shape":
        send(id=request["id"], coefficients=[1.0, 2.0])
    if how == "other-id":
        send(id=request["id"] + 1, coefficients=[])
    if how == "twice":
        print('{"id": %d, "error": "once"}\n{"id": %d, "error": "and again"}' % (request["id"], request["id"]), flush=True)
    if how == "error":
        send(id=request["id"], error="I do not like these data")
    if how == "memory":
        bytearray(1 << 40)
    if how == "long":
        sys.stdout.write('{"id": 1, "x": "' + "y" * 100000)
        sys.stdout.flush()
        os._exit(0)


def sparse(request):
    data, parameters = request["data"], request["parameters"]
    n, p = data["X"]["shape"]
    x, y = numbers(data["X"]), numbers(data["y"])
    assert len(x) == n * p and len(y) == n
    column = (lambda j: x[j * n:(j + 1) * n]) if data["X"].get("order") == "F" else (lambda j: x[j::p])
    # Marginal regression, plus a number that depends on the seed.
    scale = parameters.get("scale", 1.0)
    b = [scale * sum(u * v for u, v in zip(column(j), y)) / sum(u * u for u in column(j)) for j in range(p)]
    return dict(coefficients=b, iterations=1, certificate=0.5, numbers={"seed": request["seed"] % 1000, "n": n})


def ordinal(request):
    data = request["data"]
    y, classes = numbers(data["y"]), data["classes"]
    rates = [sum(v == k for v in y) / len(y) for k in range(1, classes + 1)]
    return dict(probabilities=[rates] * data["X_new"]["shape"][0])


def bilevel(request):
    data = request["data"]
    theta = numbers(data["start"])
    send(id=request["id"], ask=dict(theta=theta, accuracy=1e-4, gradient=True))
    told = receive()["told"]
    assert len(told["gradient"]) == len(theta) and told["cost"] > 0
    best = (told["value"], theta)
    step = 1e-3
    for _ in range(5):
        trial = [t - step * g for t, g in zip(theta, told["gradient"])]
        send(id=request["id"], ask=dict(theta=trial, gradient=False))
        answer = receive()["told"]
        if answer is None:
            break
        best = min(best, (answer["value"], trial))
        step /= 4
    return dict(theta=best[1])


def draw(request):
    """Data whose first feature explains the response."""
    n, p = request["parameters"]["n"], 3
    state = request["seed"]
    values = []
    for _ in range(n * (p + 1)):
        state = (6364136223846793005 * state + 1442695040888963407) % 2**64
        values.append(state / 2**63 - 1)
    rows = [values[i * p:(i + 1) * p] for i in range(n)]
    if greeting["family"] == "ordinal":
        scores = [r[0] + noise for r, noise in zip(rows, values[n * p:])]
        labels = [1 if s < -0.3 else 2 if s < 0.6 else 3 for s in scores]
        return dict(X=rows, y=labels, classes=3, X_test=rows[:5], y_test=labels[:5])
    return dict(X=rows, y=[2 * r[0] for r in rows], coefficients=[2, 0, 0], sigma=0)


greeting = receive()
folder = greeting["folder"]
if os.environ.get("REFUSE"):
    send(error="no licence")
    sys.exit(0)
send(remeasure=1, families=["sparse", "ordinal", "bilevel"])
while True:
    request = receive()
    how = request["parameters"].get("how")
    if how == "classes":
        send(id=request["id"], X=[[float(i)] for i in range(60)], y=[1] * 60, classes=10**12)
        continue
    if how and request["replicate"] == 1:
        misbehave(how, request)
        if how != "hang":
            continue
    method = {"sparse": sparse, "ordinal": ordinal, "bilevel": bilevel}[greeting["family"]]
    answer = draw(request) if greeting["task"] == "problem" else method(request)
    send(id=request["id"], **answer)
