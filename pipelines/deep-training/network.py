"""A network with one hidden layer (tanh) and a softmax, fitted by stochastic gradient descent with momentum 0.9.

Twice the same: with arrays, of CuPy on a GPU or NumPy, and with Python's own lists where there is neither. Weights go in and
out as lists: {"w1": features x hidden, "b1": hidden, "w2": hidden x classes, "b2": classes, and the momentum "v" of each}.

Source: Rumelhart, Hinton, Williams, "Learning representations by back-propagating errors", 1986; initial weights of Glorot and
Bengio, 2010.
"""

import math
import random

MOMENTUM = 0.9
NAMES = ("w1", "b1", "w2", "b2")


def kind():
    """The class to use here: the first that can be imported and has a device."""
    for name in ("cupy", "numpy"):
        try:
            xp = __import__(name)
            xp.zeros(1) + 1
        except Exception:  # noqa: BLE001 - no module, no driver, no device: the next one
            continue
        return type(name, (ArrayNetwork,), {"xp": xp, "label": f"{name} {xp.__version__}"})
    return ListNetwork


def initial(features, hidden, classes, seed):
    draw = random.Random(seed)

    def uniform(rows, columns):
        limit = math.sqrt(6 / (rows + columns))
        return [[draw.uniform(-limit, limit) for _ in range(columns)] for _ in range(rows)]

    weights = {"w1": uniform(features, hidden), "b1": [0.0] * hidden, "w2": uniform(hidden, classes), "b2": [0.0] * classes}
    return {**weights, "v": {name: zeros_like(value) for name, value in weights.items()}}


def zeros_like(value):
    return [zeros_like(part) for part in value] if isinstance(value, list) else 0.0


class ArrayNetwork:
    xp = None
    label = ""

    def __init__(self, weights):
        as_array = lambda value: self.xp.asarray(value, dtype="float64")  # noqa: E731
        self.w = {name: as_array(weights[name]) for name in NAMES}
        self.v = {name: as_array(weights["v"][name]) for name in NAMES}

    def weights(self):
        return {
            **{name: self.w[name].tolist() for name in NAMES},
            "v": {name: self.v[name].tolist() for name in NAMES},
        }

    def _forward(self, x):
        xp = self.xp
        hidden = xp.tanh(x @ self.w["w1"] + self.w["b1"])
        logits = hidden @ self.w["w2"] + self.w["b2"]
        odds = xp.exp(logits - logits.max(axis=1, keepdims=True))
        return hidden, odds / odds.sum(axis=1, keepdims=True)

    def probabilities(self, rows):
        return self._forward(self.xp.asarray(rows, dtype="float64"))[1].tolist()

    def step(self, rows, labels, rate):
        xp = self.xp
        x = xp.asarray(rows, dtype="float64")
        hidden, error = self._forward(x)
        error[xp.arange(len(labels)), xp.asarray(labels)] -= 1
        error /= len(labels)
        back = (error @ self.w["w2"].T) * (1 - hidden**2)
        slopes = {"w1": x.T @ back, "b1": back.sum(axis=0), "w2": hidden.T @ error, "b2": error.sum(axis=0)}
        for name in NAMES:
            self.v[name] = MOMENTUM * self.v[name] - rate * slopes[name]
            self.w[name] = self.w[name] + self.v[name]


class ListNetwork:
    label = "Python's lists: there is neither CuPy nor NumPy"

    def __init__(self, weights):
        copied = lambda value: [copied(part) for part in value] if isinstance(value, list) else value  # noqa: E731
        self.w = {name: copied(weights[name]) for name in NAMES}
        self.v = {name: copied(weights["v"][name]) for name in NAMES}

    def weights(self):
        return {**self.w, "v": self.v}

    def _forward(self, row):
        hidden = [
            math.tanh(bias + sum(value * weight for value, weight in zip(row, column)))
            for bias, column in zip(self.w["b1"], zip(*self.w["w1"]))
        ]
        logits = [
            bias + sum(value * weight for value, weight in zip(hidden, column))
            for bias, column in zip(self.w["b2"], zip(*self.w["w2"]))
        ]
        largest = max(logits)
        odds = [math.exp(logit - largest) for logit in logits]
        total = sum(odds)
        return hidden, [one / total for one in odds]

    def probabilities(self, rows):
        return [self._forward(row)[1] for row in rows]

    def step(self, rows, labels, rate):
        slopes = {name: zeros_like(self.w[name]) for name in NAMES}
        for row, label in zip(rows, labels):
            hidden, error = self._forward(row)
            error[label] -= 1
            error = [one / len(rows) for one in error]
            back = [
                sum(one * weight for one, weight in zip(error, self.w["w2"][j])) * (1 - hidden[j] ** 2)
                for j in range(len(hidden))
            ]
            for i, value in enumerate(row):
                for j, one in enumerate(back):
                    slopes["w1"][i][j] += value * one
            for j, one in enumerate(back):
                slopes["b1"][j] += one
                for k, wrong in enumerate(error):
                    slopes["w2"][j][k] += hidden[j] * wrong
            for k, wrong in enumerate(error):
                slopes["b2"][k] += wrong
        for name in NAMES:
            self._move(self.w[name], self.v[name], slopes[name], rate)

    def _move(self, weights, speeds, slopes, rate):
        for i, slope in enumerate(slopes):
            if isinstance(slope, list):
                self._move(weights[i], speeds[i], slope, rate)
            else:
                speeds[i] = MOMENTUM * speeds[i] - rate * slope
                weights[i] += speeds[i]
