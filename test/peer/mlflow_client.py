"""What users do with MLflow, done with its own client against the server at MLFLOW_TRACKING_URI.

Each check is a function; all run, and the exit code says whether all held. Arguments name the checks to run.
"""

import json
import math
import os
import sys
import tempfile
import time
import traceback
import uuid

os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")
os.environ.setdefault("MLFLOW_ENABLE_ASYNC_LOGGING", "false")
os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")

import mlflow
from mlflow.entities import Metric, Param, RunTag, ViewType
from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient

client = MlflowClient()
checks = []


def check(function):
    checks.append(function)
    return function


def unique(name):
    return f"{name}-{uuid.uuid4().hex[:8]}"


def refused(code, call, contains=""):
    try:
        call()
    except MlflowException as e:
        assert e.error_code == code, f"expected {code}, got {e.error_code}: {e.message}"
        assert contains in e.message, f"expected {contains!r} in {e.message!r}"
        return
    raise AssertionError(f"expected {code}, but it went through")


@check
def experiments():
    name = unique("exp")
    eid = client.create_experiment(name, tags={"team": "risk"})
    e = client.get_experiment(eid)
    assert (e.name, e.lifecycle_stage, e.tags) == (name, "active", {"team": "risk"}), e
    assert abs(e.creation_time - time.time() * 1000) < 60_000
    assert client.get_experiment_by_name(name).experiment_id == eid
    assert client.get_experiment_by_name(unique("none")) is None
    refused("RESOURCE_ALREADY_EXISTS", lambda: client.create_experiment(name))
    client.set_experiment_tag(eid, "a key", "v")
    assert client.get_experiment(eid).tags["a key"] == "v"
    if hasattr(client, "delete_experiment_tag"):
        client.delete_experiment_tag(eid, "a key")
        assert "a key" not in client.get_experiment(eid).tags
    client.rename_experiment(eid, name + "-2")
    assert client.get_experiment(eid).name == name + "-2"
    run = client.create_run(eid)
    client.delete_experiment(eid)
    assert client.get_experiment(eid).lifecycle_stage == "deleted"
    assert client.get_run(run.info.run_id).info.lifecycle_stage == "deleted"
    refused("INVALID_PARAMETER_VALUE", lambda: client.create_run(eid))
    refused("INVALID_PARAMETER_VALUE", lambda: client.log_metric(run.info.run_id, "m", 1))
    client.restore_experiment(eid)
    assert client.get_run(run.info.run_id).info.lifecycle_stage == "active"
    refused("RESOURCE_DOES_NOT_EXIST", lambda: client.get_experiment("123456789"))
    assert client.get_experiment("0").name == "Default"


@check
def search_experiments():
    prefix = unique("search")
    ids = [client.create_experiment(f"{prefix}-{i}", tags={"i": str(i)}) for i in range(5)]
    client.delete_experiment(ids[4])
    names = lambda **k: [e.name for e in client.search_experiments(**k)]
    like = f"name LIKE '{prefix}%'"
    assert names(filter_string=like) == [f"{prefix}-{i}" for i in (3, 2, 1, 0)]
    assert names(filter_string=like, order_by=["name ASC"]) == [f"{prefix}-{i}" for i in range(4)]
    assert names(filter_string=f"{like} AND tags.i = '2'") == [f"{prefix}-2"]
    assert names(filter_string=like, view_type=ViewType.DELETED_ONLY) == [f"{prefix}-4"]
    assert len(names(filter_string=like, view_type=ViewType.ALL)) == 5
    page = client.search_experiments(filter_string=like, max_results=3)
    assert len(page) == 3 and page.token
    rest = client.search_experiments(filter_string=like, max_results=3, page_token=page.token)
    assert [e.name for e in rest] == [f"{prefix}-0"] and not rest.token


@check
def fluent_run():
    mlflow.set_experiment(unique("fluent"))
    with mlflow.start_run(run_name="parent", tags={"t": "1"}) as parent:
        mlflow.log_param("depth", 3)
        mlflow.log_params({"a": "", "b": None, "nested/key": 1.5})
        mlflow.log_metric("loss", 0.5, step=1)
        mlflow.log_metrics({"acc": 0.9, "nan": math.nan, "inf": math.inf}, step=2)
        mlflow.set_tags({"x": "y"})
        with mlflow.start_run(nested=True, run_name="child") as child:
            mlflow.log_metric("loss", 0.25)
    run = client.get_run(parent.info.run_id)
    assert run.info.status == "FINISHED" and run.info.run_name == "parent"
    assert run.info.end_time >= run.info.start_time
    assert run.data.params == {"depth": "3", "a": "", "b": "None", "nested/key": "1.5"}, run.data.params
    assert run.data.metrics["loss"] == 0.5 and math.isnan(run.data.metrics["nan"])
    assert math.isinf(run.data.metrics["inf"]) or run.data.metrics["inf"] > 1e308
    assert run.data.tags["x"] == "y" and run.data.tags["mlflow.runName"] == "parent"
    assert client.get_run(child.info.run_id).data.tags["mlflow.parentRunId"] == parent.info.run_id
    with mlflow.start_run(run_id=parent.info.run_id):
        mlflow.log_metric("loss", 0.1, step=2)
    assert client.get_run(parent.info.run_id).data.metrics["loss"] == 0.1
    df = mlflow.search_runs(order_by=["metrics.loss ASC"])
    assert list(df["tags.mlflow.runName"]) == ["parent", "child"], df
    assert df.loc[0, "params.depth"] == "3"


@check
def run_lifecycle():
    eid = client.create_experiment(unique("lifecycle"))
    run = client.create_run(eid, run_name="first", tags={"k": "v"}, start_time=1234)
    rid = run.info.run_id
    assert run.info.start_time == 1234 and run.info.status == "RUNNING"
    assert client.create_run(eid).info.run_name
    client.update_run(rid, status="FAILED", name="second")
    got = client.get_run(rid)
    assert (got.info.status, got.info.run_name) == ("FAILED", "second")
    client.set_tag(rid, "mlflow.runName", "third")
    assert client.get_run(rid).info.run_name == "third"
    client.set_terminated(rid, "KILLED", end_time=5678)
    assert client.get_run(rid).info.end_time == 5678
    client.delete_tag(rid, "k")
    assert "k" not in client.get_run(rid).data.tags
    refused("RESOURCE_DOES_NOT_EXIST", lambda: client.delete_tag(rid, "k"))
    client.delete_run(rid)
    client.delete_run(rid)
    assert client.get_run(rid).info.lifecycle_stage == "deleted"
    refused("INVALID_PARAMETER_VALUE", lambda: client.set_tag(rid, "a", "b"), "must be in the 'active' state")
    client.restore_run(rid)
    client.set_tag(rid, "a", "b")
    refused("RESOURCE_DOES_NOT_EXIST", lambda: client.get_run(uuid.uuid4().hex))
    refused("INVALID_PARAMETER_VALUE", lambda: client.create_run(eid, run_name="a", tags={"mlflow.runName": "b"}))


@check
def params_are_immutable():
    rid = client.create_run("0").info.run_id
    client.log_param(rid, "p", "1")
    client.log_param(rid, "p", "1")
    refused("INVALID_PARAMETER_VALUE", lambda: client.log_param(rid, "p", "2"), "Changing param values is not allowed")
    refused(
        "INVALID_PARAMETER_VALUE",
        lambda: client.log_batch(rid, metrics=[Metric("m", 1, 1, 0)], params=[Param("p", "3")]),
    )
    assert client.get_run(rid).data.metrics == {}
    client.log_param(rid, "constructor", "1")
    assert client.get_run(rid).data.params["constructor"] == "1"
    long = client.create_run("0").info.run_id
    client.log_param(long, "p", "x" * 7000)
    assert len(client.get_run(long).data.params["p"]) == 6000


@check
def metric_history():
    rid = client.create_run("0").info.run_id
    client.log_batch(rid, metrics=[Metric("m", float(i), 1000 + i, i) for i in range(1000)])
    client.log_metric(rid, "m", 5.0, timestamp=1, step=-3)
    client.log_metric(rid, "m", 5.0, timestamp=1, step=-3)
    history = client.get_metric_history(rid, "m")
    assert len(history) == 1001, len(history)
    assert (history[0].step, history[0].value) == (-3, 5.0)
    assert client.get_run(rid).data.metrics["m"] == 999.0
    assert client.get_metric_history(rid, "none") == []
    store = client._tracking_client.store
    page = store.get_metric_history(rid, "m", max_results=400)
    assert len(page) == 400 and page.token
    rest = store.get_metric_history(rid, "m", max_results=1000, page_token=page.token)
    assert [m.step for m in rest] == list(range(399, 1000)), len(rest)
    client.log_metric(rid, "odd", math.nan, step=0)
    client.log_metric(rid, "odd", 1.0, step=0, timestamp=1)
    assert len(client.get_metric_history(rid, "odd")) == 2


@check
def bad_requests():
    rid = client.create_run("0").info.run_id
    for key in ["", "a/../b", "/a", "..", "käse!"]:
        refused("INVALID_PARAMETER_VALUE", lambda: client._tracking_client.store.log_metric(rid, Metric(key, 1, 1, 0)))
    refused("INVALID_PARAMETER_VALUE", lambda: client.search_runs(["0"], "metrics.a > 'x'"))
    refused("INVALID_PARAMETER_VALUE", lambda: client.search_runs(["0"], "params.a > '1'"))
    refused("INVALID_PARAMETER_VALUE", lambda: client.search_runs(["0"], "what.a = '1'"))
    refused("INVALID_PARAMETER_VALUE", lambda: client.search_runs(["0"], "params.a = '1' OR params.b = '2'"))
    refused("INVALID_PARAMETER_VALUE", lambda: client.search_runs(["0"], max_results=100_000))
    refused("INVALID_PARAMETER_VALUE", lambda: client.search_runs(["0"], page_token="nonsense!"))


@check
def search_runs():
    eid = client.create_experiment(unique("runs"))
    ids = []
    for i in range(12):
        run = client.create_run(eid, start_time=1000 + i, run_name=f"run {i}", tags={"mod": str(i % 3), "a.b c": "q"})
        ids.append(run.info.run_id)
        client.log_batch(
            run.info.run_id,
            metrics=[Metric("m", float(i), 1, 0)] + ([Metric("half", math.nan if i == 2 else i / 2, 1, 0)] if i % 2 == 0 else []),
            params=[Param("p", f"v{i % 4}"), Param("with space", "1")],
        )
    names = lambda f="", **k: [int(r.info.run_name[4:]) for r in client.search_runs([eid], f, **k)]
    assert names() == list(range(11, -1, -1))
    assert names("metrics.m >= 9") == [11, 10, 9]
    assert names("metrics.m > 3 and metrics.m < 6 AND tags.mod = '1'") == [4]
    assert names("metrics.m != 3 and params.p = 'v3'") == [11, 7]
    assert names("params.p LIKE 'V%'") == [] and len(names("params.p ILIKE 'V_'")) == 12
    assert names("tags.`a.b c` = 'q' and params.\"with space\" = '1' and metrics.m = 1") == [1]
    assert names("attributes.run_name = 'run 7'") == [7] and names("run_name LIKE '%1'") == [11, 1]
    assert names(f"run_id IN ('{ids[2]}', '{ids[5]}')") == [5, 2]
    assert len(names(f"attributes.run_id NOT IN ('{ids[2]}')")) == 11
    assert names("tags.none IS NULL AND start_time <= 1001") == [1, 0]
    assert names("tags.none IS NOT NULL") == []
    assert names("tags.none != 'x'") == []
    assert names("status = 'RUNNING' AND metrics.m = 0") == [0]
    assert names(order_by=["metrics.m ASC"], max_results=3) == [0, 1, 2]
    assert names(order_by=["params.p DESC", "start_time ASC"], max_results=3) == [3, 7, 11]
    half = names(order_by=["metrics.half DESC"])
    assert half[:6] == [10, 8, 6, 4, 0, 2], half
    half = names(order_by=["metrics.half ASC"])
    assert half[:6] == [0, 4, 6, 8, 10, 2], half
    page = client.search_runs([eid], max_results=5)
    assert [r.info.run_name for r in page] == [f"run {i}" for i in range(11, 6, -1)] and page.token
    page = client.search_runs([eid], max_results=50, page_token=page.token)
    assert len(page) == 7 and not page.token
    page = client.search_runs([eid], max_results=5, order_by=["metrics.m"])
    page = client.search_runs([eid], max_results=50, order_by=["metrics.m"], page_token=page.token)
    assert [r.info.run_name for r in page] == [f"run {i}" for i in range(5, 12)]
    client.delete_run(ids[0])
    assert len(names()) == 11 and names(run_view_type=ViewType.DELETED_ONLY) == [0]
    other = client.create_experiment(unique("runs"))
    client.create_run(other, start_time=1005, run_name="run 99")
    both = [r.info.run_name for r in client.search_runs([eid, other], max_results=8)]
    assert "run 99" in both and both[0] == "run 11", both


@check
def artifacts():
    with mlflow.start_run() as run, tempfile.TemporaryDirectory() as d:
        os.makedirs(os.path.join(d, "sub", "deep"))
        for name, text in {"a.txt": "alpha", "sub/b c.txt": "beta", "sub/deep/ü.bin": "gamma"}.items():
            with open(os.path.join(d, name), "w") as f:
                f.write(text)
        mlflow.log_artifacts(d, "all")
        mlflow.log_artifact(os.path.join(d, "a.txt"))
        mlflow.log_text("hello", "text/hello.txt")
        mlflow.log_dict({"a": 1}, "d.json")
        empty = os.path.join(d, "empty")
        open(empty, "w").close()
        mlflow.log_artifact(empty)
    rid = run.info.run_id
    files = lambda path=None: sorted((f.path, f.is_dir, f.file_size or None) for f in client.list_artifacts(rid, path))
    assert files() == [("a.txt", False, 5), ("all", True, None), ("d.json", False, 12), ("empty", False, None), ("text", True, None)], files()
    assert files("all/sub") == [("all/sub/b c.txt", False, 4), ("all/sub/deep", True, None)], files("all/sub")
    assert files("a.txt") == []
    with tempfile.TemporaryDirectory() as d:
        path = client.download_artifacts(rid, "all", d)
        with open(os.path.join(path, "sub", "deep", "ü.bin")) as f:
            assert f.read() == "gamma"
    assert mlflow.artifacts.load_text(f"runs:/{rid}/text/hello.txt") == "hello"
    assert mlflow.artifacts.load_dict(f"runs:/{rid}/d.json") == {"a": 1}
    from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

    repo = get_artifact_repository(run.info.artifact_uri)
    repo.delete_artifacts("all")
    assert "all" not in [f.path for f in client.list_artifacts(rid)]


@check
def multipart_artifacts():
    os.environ.update(
        MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD="true",
        MLFLOW_ENABLE_PROXY_MULTIPART_DOWNLOAD="true",
        MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE=str(5 << 20),
        MLFLOW_MULTIPART_UPLOAD_CHUNK_SIZE=str(5 << 20),
    )
    try:
        with mlflow.start_run() as run, tempfile.TemporaryDirectory() as d:
            data = os.urandom(12 << 20)
            path = os.path.join(d, "large.bin")
            with open(path, "wb") as f:
                f.write(data)
            mlflow.log_artifact(path, "big")
        [file] = client.list_artifacts(run.info.run_id, "big")
        assert file.file_size == len(data), file
        with tempfile.TemporaryDirectory() as d:
            with open(client.download_artifacts(run.info.run_id, "big/large.bin", d), "rb") as f:
                assert f.read() == data
    finally:
        for name in [n for n in os.environ if n.startswith(("MLFLOW_ENABLE_PROXY_MULTIPART", "MLFLOW_MULTIPART_"))]:
            del os.environ[name]


@check
def datasets():
    import pandas as pd

    exp = mlflow.set_experiment(unique("datasets"))
    frame = pd.DataFrame({"x": [1.0, 2.0], "y": ["a", "b"]})
    with mlflow.start_run() as run:
        mlflow.log_input(mlflow.data.from_pandas(frame, source="s3://b/train.csv", name="train"), context="training")
        mlflow.log_input(mlflow.data.from_pandas(frame[:1], name="eval"), context="eval")
    inputs = client.get_run(run.info.run_id).inputs.dataset_inputs
    assert sorted(i.dataset.name for i in inputs) == ["eval", "train"]
    train = next(i for i in inputs if i.dataset.name == "train")
    assert [(t.key, t.value) for t in train.tags] == [("mlflow.data.context", "training")]
    assert json.loads(train.dataset.schema)["mlflow_colspec"][0]["name"] == "x"
    found = client.search_runs([exp.experiment_id], "datasets.name = 'train' AND datasets.context = 'training'")
    assert len(found) == 1
    assert client.search_runs([exp.experiment_id], "datasets.digest = 'none'") == []


@check
def registry():
    name = unique("model")
    rm = client.create_registered_model(name, tags={"a": "b"}, description="first")
    assert (rm.name, rm.tags, rm.description) == (name, {"a": "b"}, "first")
    refused("RESOURCE_ALREADY_EXISTS", lambda: client.create_registered_model(name))
    refused("INVALID_PARAMETER_VALUE", lambda: client.create_registered_model("a/b"))
    run = client.create_run("0")
    rid = run.info.run_id
    source = f"{run.info.artifact_uri}/model"
    versions = [client.create_model_version(name, source, rid, tags={"n": str(i)}, description=f"d{i}") for i in range(3)]
    assert [int(v.version) for v in versions] == [1, 2, 3]
    v = client.get_model_version(name, "2")
    assert (v.source, v.run_id, v.status, v.current_stage, v.description, v.tags) == (source, rid, "READY", "None", "d1", {"n": "1"}), v
    assert client.get_model_version_download_uri(name, "2") == source
    client.update_registered_model(name, "second")
    client.set_registered_model_tag(name, "k", "v")
    client.delete_registered_model_tag(name, "a")
    client.update_model_version(name, "1", "better")
    client.set_model_version_tag(name, "1", "k", "w")
    client.delete_model_version_tag(name, "1", "n")
    assert client.get_model_version(name, "1").tags == {"k": "w"}
    client.set_registered_model_alias(name, "champion", "2")
    assert client.get_model_version_by_alias(name, "champion").version == "2"
    client.set_registered_model_alias(name, "champion", "3")
    rm = client.get_registered_model(name)
    assert (rm.aliases, rm.tags, rm.description) == ({"champion": "3"}, {"k": "v"}, "second"), rm
    assert client.get_model_version(name, 3).aliases == ["champion"]
    assert client.get_model_version_by_alias(name, "latest").version == "3"
    refused("INVALID_PARAMETER_VALUE", lambda: client.get_model_version_by_alias(name, "none"), "alias none not found")
    refused("INVALID_PARAMETER_VALUE", lambda: client.set_registered_model_alias(name, "v1", "1"))
    refused("RESOURCE_DOES_NOT_EXIST", lambda: client.set_registered_model_alias(name, "x", "99"))
    client.delete_registered_model_alias(name, "champion")
    client.delete_registered_model_alias(name, "champion")
    client.set_registered_model_alias(name, "champion", "3")
    client.transition_model_version_stage(name, "1", "production")
    client.transition_model_version_stage(name, "2", "Production", archive_existing_versions=True)
    stages = {s.current_stage: s.version for s in client.get_latest_versions(name)}
    assert stages == {"Archived": "1", "Production": "2", "None": "3"}, stages
    assert [s.version for s in client.get_latest_versions(name, ["Production"])] == ["2"]
    refused("INVALID_PARAMETER_VALUE", lambda: client.transition_model_version_stage(name, "1", "Nowhere"))
    client.rename_registered_model(name, name + "-new")
    name += "-new"
    assert client.get_model_version(name, "2").name == name
    client.delete_model_version(name, "3")
    refused("RESOURCE_DOES_NOT_EXIST", lambda: client.get_model_version(name, "3"))
    assert client.get_registered_model(name).aliases == {}
    assert client.create_model_version(name, source, rid).version in (4, "4")
    found = client.search_model_versions(f"name = '{name}'")
    assert [int(f.version) for f in found] == [4, 2, 1], found
    assert [int(f.version) for f in client.search_model_versions(f"run_id = '{rid}' AND version_number > 1")] == [4, 2]
    assert [int(f.version) for f in client.search_model_versions(f"name='{name}' and tags.k = 'w'")] == [1]
    assert [int(f.version) for f in client.search_model_versions(f"name='{name}'", order_by=["version_number ASC"])] == [1, 2, 4]
    client.delete_registered_model(name)
    refused("RESOURCE_DOES_NOT_EXIST", lambda: client.get_registered_model(name))
    assert client.search_model_versions(f"name = '{name}'") == []
    client.create_registered_model(name)


@check
def search_registered_models():
    prefix = unique("reg")
    for i in range(5):
        client.create_registered_model(f"{prefix}-{i}", tags={"i": str(i % 2)})
    names = lambda f, **k: [int(m.name[-1]) for m in client.search_registered_models(f, **k)]
    assert names(f"name LIKE '{prefix}%'") == [0, 1, 2, 3, 4]
    assert names(f"name ILIKE '{prefix.upper()}%' AND tags.i = '1'") == [1, 3]
    assert names(f"name LIKE '{prefix}%'", order_by=["name DESC"], max_results=2) == [4, 3]
    page = client.search_registered_models(f"name LIKE '{prefix}%'", max_results=3)
    page = client.search_registered_models(f"name LIKE '{prefix}%'", max_results=3, page_token=page.token)
    assert len(page) == 2 and not page.token


class Doubler(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        return [2 * x for x in model_input]


@check
def python_model_by_path():
    import numpy as np

    name = unique("by-path")
    mlflow.set_experiment(unique("by-path"))
    with mlflow.start_run() as run:
        mlflow.pyfunc.log_model("model", python_model=Doubler(), registered_model_name=name, pip_requirements=["mlflow"])
    client.transition_model_version_stage(name, "1", "Production")
    for uri in [f"runs:/{run.info.run_id}/model", f"models:/{name}/1", f"models:/{name}/Production"]:
        assert list(mlflow.pyfunc.load_model(uri).predict(np.array([1, 2]))) == [2, 4], uri
    assert client.get_model_version(name, "1").run_id == run.info.run_id


@check
def logged_models():
    if int(mlflow.__version__.split(".")[0]) < 3:
        return "not before MLflow 3"
    import numpy as np

    name = unique("doubler")
    exp = mlflow.set_experiment(unique("python-model"))
    with mlflow.start_run() as run:
        mlflow.log_param("p", 1)
        mlflow.log_metric("score", 0.75)
        info = mlflow.pyfunc.log_model(
            name="model", python_model=Doubler(), registered_model_name=name, pip_requirements=["mlflow"]
        )
        mlflow.log_metric("after", 0.5, model_id=info.model_id)
    logged = mlflow.get_logged_model(info.model_id)
    assert logged.status.name == "READY" and logged.source_run_id == run.info.run_id, logged
    assert logged.params == {"p": "1"} and {m.key: m.value for m in logged.metrics}["after"] == 0.5, logged
    assert client.get_run(run.info.run_id).outputs.model_outputs[0].model_id == info.model_id
    for uri in [info.model_uri, f"runs:/{run.info.run_id}/model", f"models:/{name}/1", f"models:/{name}/latest"]:
        assert list(mlflow.pyfunc.load_model(uri).predict(np.array([1, 2]))) == [2, 4], uri
    client.set_registered_model_alias(name, "champion", "1")
    assert list(mlflow.pyfunc.load_model(f"models:/{name}@champion").predict(np.array([4]))) == [8]
    v = client.get_model_version(name, "1")
    assert v.run_id == run.info.run_id, v
    found = mlflow.search_logged_models(experiment_ids=[exp.experiment_id], output_format="list")
    assert [m.model_id for m in found] == [info.model_id]
    find = lambda f, **k: [
        m.name for m in client.search_logged_models([exp.experiment_id], filter_string=f, **k)
    ]
    assert find("name = 'model' AND metrics.after > 0.4") == ["model"] and find("params.p = '2'") == []
    assert find("name = 'model'", order_by=[{"field_name": "metrics.after", "ascending": False}]) == ["model"]
    mlflow.set_logged_model_tags(info.model_id, {"k": "v"})
    assert mlflow.get_logged_model(info.model_id).tags["k"] == "v"
    client.delete_logged_model_tag(info.model_id, "k")
    versions = json.loads(mlflow.get_logged_model(info.model_id).tags["mlflow.modelVersions"])
    assert versions[0]["name"] == name, versions
    copied = client.copy_model_version(f"models:/{name}/1", name + "-copy")
    assert list(mlflow.pyfunc.load_model(f"models:/{name}-copy/{copied.version}").predict(np.array([1]))) == [2]
    client.delete_logged_model(info.model_id)
    refused("RESOURCE_DOES_NOT_EXIST", lambda: client.get_logged_model(info.model_id))


@check
def sklearn_autolog():
    try:
        from sklearn.linear_model import LogisticRegression
    except ImportError:
        return "scikit-learn is not installed"
    import numpy as np

    mlflow.set_experiment(unique("autolog"))
    mlflow.sklearn.autolog(log_input_examples=True, silent=True)
    try:
        x, y = np.random.rand(50, 3), np.arange(50) % 2
        with mlflow.start_run() as run:
            LogisticRegression().fit(x, y)
    finally:
        mlflow.sklearn.autolog(disable=True)
    got = client.get_run(run.info.run_id)
    assert got.data.params["C"] == "1.0" and "training_accuracy_score" in got.data.metrics
    assert "estimator.html" in [f.path for f in client.list_artifacts(run.info.run_id)]
    model = mlflow.sklearn.load_model(f"runs:/{run.info.run_id}/model")
    assert model.predict(x).shape == (50,)


@check
def journey():
    """From an experiment to predictions of its champion, as people do it."""
    try:
        from sklearn.linear_model import LogisticRegression
    except ImportError:
        return "scikit-learn is not installed"
    import numpy as np

    name = unique("journey")
    experiment = mlflow.set_experiment(name)
    assert experiment.name == name and experiment.lifecycle_stage == "active"
    x = np.random.default_rng(0).random((80, 4))
    y = (x[:, 0] > 0.5).astype(int)
    mlflow.sklearn.autolog(log_models=False, silent=True)
    try:
        for c in (1.0, 3.0):
            with mlflow.start_run(run_name=f"C {c}") as run:
                model = LogisticRegression(C=c).fit(x, y)
                mlflow.log_metric("holdout", c / 10)
                where = dict(name="model") if int(mlflow.__version__.split(".")[0]) >= 3 else dict(artifact_path="model")
                info = mlflow.sklearn.log_model(model, **where, input_example=x[:2])
    finally:
        mlflow.sklearn.autolog(disable=True)
    version = mlflow.register_model(info.model_uri, name)
    assert int(version.version) == 1 and version.run_id == run.info.run_id, version
    client.set_registered_model_alias(name, "champion", version.version)
    loaded = mlflow.pyfunc.load_model(f"models:/{name}@champion")
    assert list(loaded.predict(x)) == list(model.predict(x))
    assert list(mlflow.sklearn.load_model(f"models:/{name}/1").predict(x)) == list(model.predict(x))
    best = mlflow.search_runs(
        experiment_names=[name], filter_string="params.C = '3.0' and metrics.holdout > 0.2", order_by=["metrics.holdout DESC"]
    )
    assert list(best["run_id"]) == [run.info.run_id], best
    assert len(mlflow.search_runs(experiment_names=[name])) == 2


def ask(method, path, **more):
    """A request that the client has no function for."""
    from mlflow.utils.rest_utils import http_request

    credentials = client._tracking_client.store.get_host_creds()
    answer = http_request(credentials, f"/api/2.0/mlflow/{path}", method, **more)
    assert answer.status_code == 200, answer.text
    return answer.json()


@check
def asked_by_pages():
    """Endpoints that MLflow's page and its plugins ask, and clients of other versions."""
    import pandas as pd

    eid = client.create_experiment(unique("pages"))
    client.set_experiment_tag(eid, "k", "v")
    ask("POST", "experiments/delete-experiment-tag", json={"experiment_id": eid, "key": "k"})
    assert "k" not in client.get_experiment(eid).tags
    assert [e["name"] for e in ask("GET", "experiments/search", params={"max_results": 1})["experiments"]]
    with mlflow.start_run(experiment_id=eid) as run:
        mlflow.log_text("hello", "a/b.txt")
        mlflow.log_input(mlflow.data.from_pandas(pd.DataFrame({"x": [1.0]}), name="d"))
        for step in range(10):
            mlflow.log_metric("m", step * 1.5, step=step)
    rid = run.info.run_id
    listed = ask("GET", "artifacts/list", params={"run_id": rid, "path": "a"})["files"]
    assert [(f["path"], f["file_size"]) for f in listed] == [("a/b.txt", 5)] or [(f["path"], int(f["file_size"])) for f in listed] == [("a/b.txt", 5)], listed
    bulk = ask("GET", "metrics/get-history-bulk", params={"run_id": rid, "metric_key": "m", "max_results": 3})["metrics"]
    assert [p["value"] for p in bulk] == [0, 1.5, 3], bulk
    some = ask("GET", "metrics/get-history-bulk-interval", params={"run_ids": rid, "metric_key": "m", "max_results": 2})["metrics"]
    assert {p["step"] for p in some} >= {0, 9}, some
    found = ask("POST", "experiments/search-datasets", json={"experiment_ids": [eid]})["dataset_summaries"]
    assert [d["name"] for d in found] == ["d"], found
    assert ask("POST", "artifacts/presigned-upload-url", json={"run_id": rid, "path": "c.txt"})["presigned_url"].startswith("http")
    model = dict(artifact_path="a", flavors={"x": {}}, utc_time_created="now", run_id=rid)
    ask("POST", "runs/log-model", json={"run_id": rid, "model_json": json.dumps(model)})
    assert json.loads(client.get_run(rid).data.tags["mlflow.log-model.history"])[0]["artifact_path"] == "a"
    logged = ask("POST", "logged-models", json={"experiment_id": eid, "name": "net"})["model"]["info"]["model_id"]
    assert "files" not in ask("GET", f"logged-models/{logged}/artifacts/directories")


@check
def deletions():
    """What the other checks leave out."""
    eid = client.create_experiment(unique("deletions"))
    client.set_experiment_tag(eid, "k", "v")
    run = client.create_run(eid)
    client.log_param(run.info.run_id, "p", "1")
    client.set_tag(run.info.run_id, "t", "v")
    client.log_batch(run.info.run_id, tags=[RunTag("u", "v")])
    client.delete_run(run.info.run_id)
    client.restore_run(run.info.run_id)
    name = unique("deletions")
    client.create_registered_model(name)
    client.create_model_version(name, "s3://b/m")
    client.set_model_version_tag(name, "1", "k", "v")
    client.delete_model_version_tag(name, "1", "k")
    client.delete_model_version(name, "1")
    client.delete_registered_model(name)
    if hasattr(client, "log_model_params") or int(mlflow.__version__.split(".")[0]) >= 3:
        model = client.create_logged_model(eid, name="net", source_run_id=run.info.run_id, params={"a": "1"})
        client.log_model_params(model.model_id, {"b": "2"})
        assert client.get_logged_model(model.model_id).params == {"a": "1", "b": "2"}
        client.set_logged_model_tags(model.model_id, {"k": "v"})
        client.delete_logged_model_tag(model.model_id, "k")
        client.finalize_logged_model(model.model_id, "READY")
        client.delete_logged_model(model.model_id)


@check
def many_writers():
    from concurrent.futures import ThreadPoolExecutor

    rid = client.create_run("0").info.run_id
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda i: client.log_metric(rid, f"m{i % 4}", float(i), step=i), range(80)))
    metrics = client.get_run(rid).data.metrics
    assert metrics == {f"m{k}": 76.0 + k for k in range(4)}, metrics
    with ThreadPoolExecutor(8) as pool:
        name = unique("race")
        results = list(pool.map(lambda i: attempt(lambda: client.create_experiment(name)), range(8)))
    assert results.count("RESOURCE_ALREADY_EXISTS") == 7, results
    model = unique("race")
    client.create_registered_model(model)
    with ThreadPoolExecutor(8) as pool:
        versions = list(pool.map(lambda i: int(client.create_model_version(model, "s3://b/m").version), range(16)))
    assert sorted(versions) == list(range(1, 17)), versions


def attempt(call):
    try:
        call()
        return "done"
    except MlflowException as e:
        return e.error_code


@check
def speed():
    eid = client.create_experiment(unique("speed"))
    rid = client.create_run(eid).info.run_id
    figures = {}

    def measure(name, count, call):
        start = time.perf_counter()
        for i in range(count):
            call(i)
        figures[name] = f"{(time.perf_counter() - start) / count * 1000:.1f} ms"

    measure("log_metric", 200, lambda i: client.log_metric(rid, "m", float(i), step=i))
    measure("log_batch of 1000", 5, lambda i: client.log_batch(rid, metrics=[Metric(f"b{i}", 1.0, k, k) for k in range(1000)]))
    measure("create_run", 100, lambda i: client.create_run(eid, tags={"i": str(i)}))
    measure("get_run", 100, lambda i: client.get_run(rid))
    measure("search_runs of 100", 10, lambda i: client.search_runs([eid], "tags.i LIKE '%1%'", order_by=["tags.i"]))
    return ", ".join(f"{k} {v}" for k, v in figures.items())


def main():
    names = sys.argv[1:]
    chosen = [c for c in checks if not names or c.__name__ in names]
    failed = []
    for c in chosen:
        start = time.perf_counter()
        try:
            note = c()
        except Exception:
            traceback.print_exc()
            failed.append(c.__name__)
            print(f"FAIL {c.__name__}")
            continue
        print(f"ok   {c.__name__} ({time.perf_counter() - start:.1f} s){' – ' + note if note else ''}")
    print(f"{len(chosen) - len(failed)} of {len(chosen)} checks held" + (f"; failed: {', '.join(failed)}" if failed else ""))
    sys.exit(1 if failed else 0)


main()
