"""Trains a small network epoch by epoch. What it reads and writes is the contract of a container of millrace:
input at $MILLRACE_INPUT_URI, output at $MILLRACE_OUTPUT_URI, both JSON.

A checkpoint is written every few epochs, named by run and task. A retry goes on from it: its epochs, its shuffles and so its
weights are those of a training that nobody interrupted.
"""

import csv
import hashlib
import io
import json
import os
import random
import sys

import network
import scores
import storage

OBJECTS = storage.open_storage()


def main():
    given = OBJECTS.get_json(os.environ["MILLRACE_INPUT_URI"])
    bucket = os.environ["MILLRACE_OUTPUT_URI"].split("/")[2]
    folder = f"s3://{bucket}/checkpoints/{given['pipeline']}/{os.environ['MILLRACE_RUN']}/{os.environ['MILLRACE_TASK']}"
    features, labels, names, classes = read(OBJECTS.get_text(f"s3://{bucket}/{given['source']}"), given["target"])
    train, test = split(labels, given["testSize"], given["seed"])
    means, deviations = standard([features[i] for i in train])
    rows = [[(v - m) / d for v, m, d in zip(row, means, deviations)] for row in features]

    kind = network.kind()
    print(f"{kind.label}; {len(train)} rows to train with, {len(test)} held out; process {os.getpid()}", flush=True)
    recipe = {name: given[name] for name in ("source", "target", "hidden", "batch", "learningRate", "seed", "testSize")}
    checkpoint = OBJECTS.find_json(f"{folder}/checkpoint.json")
    if checkpoint is not None and checkpoint["recipe"] == recipe:
        net = kind(checkpoint["weights"])
        history, resumed = checkpoint["history"], len(checkpoint["history"])
        print(f"goes on from the checkpoint of epoch {resumed}", flush=True)
    else:
        net = kind(network.initial(len(names), given["hidden"], len(classes), given["seed"]))
        history, resumed = [], 0

    x, y = [rows[i] for i in train], [labels[i] for i in train]
    held_x, held_y = [rows[i] for i in test], [labels[i] for i in test]
    for epoch in range(resumed + 1, given["epochs"] + 1):
        # By the epoch's own seed: what was drawn before an interruption does not matter.
        order = list(range(len(x)))
        random.Random(f"{given['seed']}/{epoch}").shuffle(order)
        for start in range(0, len(order), given["batch"]):
            part = order[start : start + given["batch"]]
            net.step([x[i] for i in part], [y[i] for i in part], given["learningRate"])
        history.append(
            {
                "step": epoch,
                "metrics": {**measured("train", net, x, y), **measured("validation", net, held_x, held_y)},
            }
        )
        if epoch % given["checkpointEvery"] == 0 or epoch == given["epochs"]:
            OBJECTS.put_json(
                f"{folder}/checkpoint.json", {"recipe": recipe, "weights": net.weights(), "history": history}
            )
            last = history[-1]["metrics"]
            print(f"epoch {epoch}: loss {last['train_loss']:.4f}, accuracy {last['validation_accuracy']:.4f}", flush=True)

    model = {
        "features": names,
        "classes": classes,
        "means": means,
        "deviations": deviations,
        "weights": net.weights(),
        "activation": "tanh",
    }
    content = json.dumps(model, separators=(",", ":")).encode()
    OBJECTS.put_bytes(f"{folder}/model/network.json", content)
    OBJECTS.put_json(
        os.environ["MILLRACE_OUTPUT_URI"],
        {
            "history": history,
            "resumedFrom": resumed,
            "metrics": scores.metrics(held_y, net.probabilities(held_x)),
            "classes": classes,
            "file": {"uri": f"{folder}/model/network.json", "sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)},
        },
    )


def measured(prefix, net, x, y):
    probabilities = net.probabilities(x)
    return {
        f"{prefix}_loss": scores.log_loss(y, probabilities),
        f"{prefix}_accuracy": scores.accuracy(y, probabilities),
    }


def read(text, target):
    """Numbers by row, class numbers, names of the columns and of the classes."""
    table = list(csv.DictReader(io.StringIO(text)))
    if not table or target not in table[0]:
        refuse(f"The file has no rows, or no column '{target}'.")
    names = [name for name in table[0] if name != target]
    try:
        features = [[float(row[name]) for name in names] for row in table]
    except ValueError as fault:
        refuse(f"This network takes numbers only: {fault}. Leave other columns out, or encode them before.")
    classes = sorted({row[target] for row in table})
    if len(classes) < 2:
        refuse(f"'{target}' has the one value '{classes[0]}'; there is nothing to tell apart.")
    return features, [classes.index(row[target]) for row in table], names, classes


def split(labels, test_size, seed):
    """Row numbers to train with and to hold out, of each class its share."""
    train, test = [], []
    draw = random.Random(seed)
    for label in sorted(set(labels)):
        rows = [i for i, one in enumerate(labels) if one == label]
        draw.shuffle(rows)
        held = max(1, round(len(rows) * test_size))
        test += rows[:held]
        train += rows[held:]
    return sorted(train), sorted(test)


def standard(rows):
    """Mean and standard deviation of each column; a column that never changes is left as it is."""
    columns = list(zip(*rows))
    means = [sum(column) / len(column) for column in columns]
    deviations = [
        (sum((value - mean) ** 2 for value in column) / len(column)) ** 0.5 or 1.0
        for column, mean in zip(columns, means)
    ]
    return means, deviations


def refuse(message):
    print(message, file=sys.stderr)
    sys.exit(65)


if __name__ == "__main__":
    main()
