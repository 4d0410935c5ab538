"""Fits scikit-learn's network on prepared features and writes it as ONNX, preprocessing included. What it reads and writes is
the contract of a container of millrace: input at $MILLRACE_INPUT_URI, output at $MILLRACE_OUTPUT_URI, both JSON.
"""

import hashlib
import io
import os
import sys
import warnings

import numpy as np
import pyarrow.parquet
import skl2onnx
import storage
from onnx import TensorProto, helper
from skl2onnx.common.data_types import FloatTensorType, StringTensorType
from sklearn.compose import ColumnTransformer
from sklearn.exceptions import ConvergenceWarning
from sklearn.impute import SimpleImputer
from sklearn.metrics import accuracy_score, roc_auc_score
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

NUMBERS = ("integer", "number")
OPSETS = {"": 17, "ai.onnx.ml": 3}


def main():
    objects = storage.open_storage()
    given = objects.get_json(os.environ["MILLRACE_INPUT_URI"])
    train = given["train"]
    classes, target = train["classes"], train["target"]
    if not classes:
        refuse(f"'{target}' was prepared as a number; this program fits a classifier.")
    types = {column["name"]: column["type"] for column in train["dataset"]["columns"]}
    frame = pyarrow.parquet.read_table(io.BytesIO(objects.get_bytes(train["dataset"]["uri"]))).to_pydict()
    y = labels(frame.pop(target), classes, target)
    weight = None if train.get("sampleWeight") is None else np.array(frame.pop(train["sampleWeight"]), dtype=float)
    numbers = [name for name in frame if types[name] in NUMBERS]
    texts = [name for name in frame if types[name] not in NUMBERS]
    # Numbers first, then texts: one array each, as ONNX has no table of both.
    columns = [[number(value) for value in frame[name]] for name in numbers]
    columns += [[text(value) for value in frame[name]] for name in texts]
    x = np.array(columns, dtype=object).T

    network = MLPClassifier(
        hidden_layer_sizes=(given["hidden"],),
        alpha=given["alpha"],
        learning_rate_init=given["learningRate"],
        max_iter=given["epochs"],
        random_state=given["seed"],
    )
    model = make_pipeline(preprocessing(len(numbers), len(texts)), network)
    with warnings.catch_warnings():
        # So many epochs are wanted, whether or not the loss could fall further.
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(x, y, mlpclassifier__sample_weight=weight)
    content = as_onnx(model, numbers, texts, classes).SerializeToString()

    probabilities = model.predict_proba(x)
    history = [{"step": step, "metrics": {"train_loss": loss}} for step, loss in enumerate(network.loss_curve_, 1)]
    history[-1]["metrics"] |= {
        "train_accuracy": accuracy_score(y, probabilities.argmax(axis=1), sample_weight=weight),
        "train_auc": roc_auc_score(
            y, probabilities[:, 1] if len(classes) == 2 else probabilities, multi_class="ovr", sample_weight=weight
        ),
    }
    print(f"{len(y)} rows, {len(history)} epochs, loss {network.loss_:.4f}", flush=True)
    folder = f"{given['folder']}/{os.environ['MILLRACE_RUN']}/{os.environ['MILLRACE_TASK']}"
    uri = f"s3://{os.environ['MILLRACE_OUTPUT_URI'].split('/')[2]}/{folder}/model.onnx"
    objects.put_bytes(uri, content)
    objects.put_json(
        os.environ["MILLRACE_OUTPUT_URI"],
        {
            "history": history,
            "file": {"uri": uri, "sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)},
        },
    )


def labels(values, classes, target):
    """Numbers of the classes, which are named as millrace names them: true and false, whole numbers without a fraction."""
    found = [text(int(value) if isinstance(value, float) and value.is_integer() else value) for value in values]
    unknown = sorted(set(found) - set(classes))
    if unknown:
        refuse(f"'{target}' has the label '{unknown[0]}', which is none of {', '.join(classes)}.")
    return np.array([classes.index(label) for label in found])


def text(value):
    """A gap is an empty text: ONNX has no other word for it."""
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def number(value):
    """As the ONNX file will see it; a gap is NaN."""
    return np.nan if value is None else float(np.float32(value))


def preprocessing(numbers, texts):
    scaled = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    return ColumnTransformer(
        [
            ("numbers", scaled, list(range(numbers))),
            ("texts", OneHotEncoder(handle_unknown="ignore"), list(range(numbers, numbers + texts))),
        ]
    )


def as_onnx(model, numbers, texts, classes):
    """Outputs as MLflow makes columns of them: `label`, a text for each row, and `probability_<class>`, [rows, 1] each."""
    kinds = [(name, FloatTensorType([None, 1])) for name in numbers] + [(name, StringTensorType([None, 1])) for name in texts]
    made = skl2onnx.to_onnx(model, initial_types=kinds, target_opset=OPSETS, options={id(model): {"zipmap": False}})
    graph = made.graph
    # The network was fitted with numbers of classes, whose order is that of the dataset.
    for node in graph.node:
        node.output[:] = ["class_number" if name == "label" else name for name in node.output]
    graph.initializer.append(helper.make_tensor("class_names", TensorProto.STRING, [1, len(classes)], [name.encode() for name in classes]))
    graph.initializer.append(helper.make_tensor("one_dimension", TensorProto.INT64, [1], [-1]))
    names = [f"probability_{name}" for name in classes]
    graph.node.extend(
        [
            helper.make_node("ArrayFeatureExtractor", ["class_names", "class_number"], ["class_row"], domain="ai.onnx.ml"),
            helper.make_node("Reshape", ["class_row", "one_dimension"], ["label"]),
            helper.make_node("Split", ["probabilities"], names, axis=1),
        ]
    )
    del graph.output[:]
    graph.output.append(helper.make_tensor_value_info("label", TensorProto.STRING, [None]))
    graph.output.extend(helper.make_tensor_value_info(name, TensorProto.FLOAT, [None, 1]) for name in names)
    return made


def refuse(message):
    print(message, file=sys.stderr)
    sys.exit(65)


if __name__ == "__main__":
    main()
