"""Metrics of a classifier, as millrace defines them: of two classes those of the second, of more the mean over the classes."""

import math


def log_loss(labels, probabilities):
    return -sum(math.log(max(row[label], 1e-15)) for label, row in zip(labels, probabilities)) / len(labels)


def accuracy(labels, probabilities):
    return sum(label == argmax(row) for label, row in zip(labels, probabilities)) / len(labels)


def metrics(labels, probabilities):
    classes = range(len(probabilities[0]))
    counted = [per_class(labels, probabilities, one) for one in ([1] if len(classes) == 2 else classes)]
    mean = lambda name: sum(one[name] for one in counted) / len(counted)  # noqa: E731
    return {
        "rows": len(labels),
        "auc": mean("auc"),
        "accuracy": accuracy(labels, probabilities),
        "precision": mean("precision"),
        "recall": mean("recall"),
        "f1": mean("f1"),
        "logLoss": log_loss(labels, probabilities),
    }


def per_class(labels, probabilities, one):
    predicted = [argmax(row) == one for row in probabilities]
    hits = sum(label == one and said for label, said in zip(labels, predicted))
    precision = hits / sum(predicted) if any(predicted) else 0.0
    recall = hits / max(1, sum(label == one for label in labels))
    return {
        "precision": precision,
        "recall": recall,
        "f1": 2 * precision * recall / (precision + recall) if hits else 0.0,
        "auc": auc([label == one for label in labels], [row[one] for row in probabilities]),
    }


def auc(positives, values):
    """Share of the pairs of a positive and a negative that are in the right order; ties count half."""
    ours = [value for value, positive in zip(values, positives) if positive]
    others = [value for value, positive in zip(values, positives) if not positive]
    won = sum((a > b) + (a == b) / 2 for a in ours for b in others)
    return won / (len(ours) * len(others))


def argmax(row):
    return max(range(len(row)), key=row.__getitem__)
