"""Sends the same requests to MLflow's own server and to the one at MLFLOW_TRACKING_URI, and compares the answers.

Statuses, error codes and whole answers must be equal, ids and times aside. Messages of refusals are counted only: MLflow's
own change with its database and print sets in any order. DIFFERENCES names each step whose answer is another one on purpose.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
import uuid

import requests

API = "/api/2.0/mlflow/"
suffix = uuid.uuid4().hex[:6]

# By method, path and body: why the answer is another one.
DIFFERENCES = [
    ('"new_name": "Default"', "a taken name is RESOURCE_ALREADY_EXISTS, as on creation; MLflow shows the fault of its database"),
    ('"filter": "tags.t = \'v\' and"', "an AND that joins nothing is refused"),
    ('"filter": "\\"params.p\\"', "a whole name may stand in double quotes"),
    ('"order_by": ["start_time", "start_time DESC"]', "a fault of the client is no 500"),
    ('"order_by": ["run name"]', "the name of two words may be sorted by, too"),
    ('"max_results": 0', "a page of nothing is refused"),
    ('"page_token": "zz!"', "a fault of the client is no 500"),
    ("tags.a%20IS%20NULL", "MLflow answers with 500"),
    ("order_by=creation_timestamp", "registered models may be sorted by creation, too"),
    ("registered-models/search?max_results=0", "a page of nothing is refused"),
    ('"model_id": "m-none"', "an unknown model is RESOURCE_DOES_NOT_EXIST; MLflow shows the fault of its database"),
    ('"filter": "status', "the status of a logged model can be searched for; MLflow finds nothing"),
    ('"filter": "what=\'x\'"', "a fault of the client is no 500"),
    ('"filter": "metrics.lm > \'x\'"', "a fault of the client is no 500"),
    ('"filter": "params.p = 5"', "a value without quotes is refused, as in the search of runs"),
    ('"dataset_digest": "d"', "a digest without a name is refused, as MLflow's documentation says"),
    ('/tags {"model_id"', "the answer has the model, as its message says; MLflow's is empty"),
    ('experiments/update {"experiment_id": "<e>", "new_name": "zz"}', "INVALID_STATE is 400 here: clients repeat a 500 for minutes"),
]


def stripped(j):
    """Without what only one of the two has."""
    if isinstance(j, dict):
        # Members of versions within lists: MLflow leaves their aliases out there.
        return {k: stripped(v) for k, v in j.items() if k not in ("error_class", "sqlstate", "workspace", "aliases", "outputs") or k == "outputs" and v}
    return [stripped(x) for x in j] if isinstance(j, list) else j


class Side:
    def __init__(self, base):
        self.base = base
        self.saved = {}

    def filled(self, x):
        text = x if isinstance(x, str) else json.dumps(x)
        for k, v in self.saved.items():
            text = text.replace(f"<{k}>", str(v))
        return text

    def call(self, method, path, body, save):
        url = self.base + self.filled(path if path.startswith("/") else API + path)
        more = {} if body is None else dict(data=self.filled(body).encode(), headers={"Content-Type": "application/json"})
        r = requests.request(method, url, **more)
        try:
            j = r.json()
        except ValueError:
            j = r.text[:200]
        if r.status_code == 200:
            for k, path in (save or {}).items():
                x = j
                for part in path.split("."):
                    x = x[part]
                self.saved[k] = x
        return r.status_code, j

    def plain(self, j):
        text = json.dumps(stripped(j), sort_keys=True)
        for k, v in sorted(self.saved.items(), key=lambda kv: -len(str(kv[1]))):
            text = re.sub(rf"(?<![\w.-]){re.escape(str(v))}(?![\w.])", f"<{k}>", text)
        text = re.sub(r"(?<![\d.])\d{13}(?!\d)", "T", text)
        text = re.sub(r'1\.7976931348623157e\+308|"Infinity"', "INF", text)
        text = re.sub(r'"NaN"|NaN', "NAN", text)
        return re.sub(r"(\d)\.0\b", r"\1", text).replace("<r>/artifacts", "<r>")


def started(directory):
    port = 5000 + os.getpid() % 900
    server = subprocess.Popen(
        [sys.executable, "-m", "mlflow", "server", "--port", str(port), "--workers", "1"]
        + ["--backend-store-uri", f"sqlite:///{directory}/db", "--artifacts-destination", f"{directory}/artifacts"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    url = f"http://127.0.0.1:{port}"
    # On a busy machine it takes minutes.
    for _ in range(300):
        if server.poll() is not None:
            raise SystemExit(f"MLflow's server ended with {server.returncode}.")
        try:
            if requests.get(f"{url}/health", timeout=1).ok:
                return server, url
        except requests.RequestException:
            time.sleep(1)
    os.killpg(server.pid, 15)
    raise SystemExit("MLflow's server did not start within five minutes.")


counts = dict(steps=0, messages=0, expected=0, faults=0)


def step(method, path, body=None, save=None):
    counts["steps"] += 1
    (status, theirs), (ours_status, ours) = (s.call(method, path, body, save) for s in (mlflow_server, millrace))
    name = f"{method} {path} {json.dumps(body) if body is not None else ''}"
    if status == ours_status and status >= 400 and theirs.get("error_code") == ours.get("error_code"):
        counts["messages"] += mlflow_server.plain(theirs) != millrace.plain(ours)
        return
    a, b = mlflow_server.plain(theirs), millrace.plain(ours)
    if (status, a) == (ours_status, b):
        return
    if any(pattern in name for pattern, _why in DIFFERENCES):
        counts["expected"] += 1
        return
    counts["faults"] += 1
    print(f"--- {name[:300]}\n  mlflow   {status} {a[:800]}\n  millrace {ours_status} {b[:800]}")


def steps():
    E="exp-"+suffix
    step("POST","experiments/create",{"name":E,"tags":[{"key":"a","value":"b"}]},{"e":"experiment_id"})
    step("POST","experiments/create",{"name":E})
    step("POST","experiments/create",{})
    step("POST","experiments/create",{"name":""})
    step("POST","experiments/create",{"name":5})
    step("POST","experiments/create",{"name":"x"*501})
    step("POST","experiments/create",{"name":"loc-"+suffix,"artifact_location":"runs:/x"})
    step("POST","experiments/create",{"name":"tags-"+suffix,"tags":[{"key":"a/../b","value":"1"}]})
    step("POST","experiments/create",{"name":"tags2-"+suffix,"tags":"x"})
    step("GET","experiments/get")
    step("GET","experiments/get?experiment_id=4711")
    step("GET","experiments/get?experiment_id=abc")
    step("GET","experiments/get-by-name?experiment_name=nope")
    step("GET","experiments/get-by-name")
    step("POST","experiments/update",{"experiment_id":"<e>"})
    step("POST","experiments/update",{"experiment_id":"<e>","new_name":"Default"})
    step("POST","experiments/set-experiment-tag",{"experiment_id":"<e>","key":"","value":"1"})
    step("POST","experiments/set-experiment-tag",{"experiment_id":"<e>","key":"..","value":"1"})
    step("POST","experiments/set-experiment-tag",{"experiment_id":"4711","key":"a","value":"1"})
    step("POST","experiments/set-experiment-tag",{"experiment_id":"<e>","key":"k"})
    step("POST","experiments/delete-experiment-tag",{"experiment_id":"<e>","key":"none"})
    step("POST","experiments/delete",{"experiment_id":"4711"})
    step("POST","experiments/restore",{"experiment_id":"<e>"})
    step("POST","experiments/search",{"filter":"name = 'none'","max_results":0})
    step("POST","experiments/search",{"filter":"name = 'none'","max_results":50001})
    step("POST","experiments/search",{"filter":"name = 'none'","max_results":5})
    step("POST","experiments/search",{"max_results":5,"filter":"what = 'x'"})
    step("POST","experiments/search",{"max_results":5,"filter":"name > 'x'"})
    step("POST","experiments/search",{"max_results":5,"filter":"name = 5"})
    step("POST","experiments/search",{"max_results":5,"order_by":["what"]})
    step("POST","experiments/search",{"max_results":5,"page_token":"xx!"})
    step("POST","runs/create",{"experiment_id":"<e>","run_name":"r","start_time":1700000000000,"user_id":"u","tags":[{"key":"t","value":"v"}]},{"r":"run.info.run_id"})
    step("GET","runs/get?run_id=<r>")
    step("GET","runs/get?run_uuid=<r>")
    step("GET","runs/get?run_id=none")
    step("GET","runs/get?run_id=a b")
    step("GET","runs/get")
    step("POST","runs/create",{"experiment_id":"4711","run_name":"r"})
    step("POST","runs/create",{"experiment_id":"<e>","start_time":"x"})
    step("POST","runs/create",{"experiment_id":"<e>","run_name":"a","tags":[{"key":"mlflow.runName","value":"b"}]})
    step("POST","runs/update",{"status":"FINISHED"})
    step("POST","runs/update",{"run_id":"<r>","status":"WHAT"})
    step("POST","runs/update",{"run_id":"<r>","status":"FINISHED","end_time":1700000000001,"run_name":"r2"})
    step("POST","runs/update",{"run_id":"<r>","end_time":"x"})
    step("POST","runs/log-metric",{"run_id":"<r>","key":"m","value":1.5,"timestamp":5})
    step("POST","runs/log-metric",{"run_id":"<r>","key":"m","value":"NaN","timestamp":5,"step":2})
    step("POST","runs/log-metric",{"run_id":"<r>","key":"m"})
    step("POST","runs/log-metric",{"run_id":"<r>","key":"m","value":1})
    step("POST","runs/log-metric",{"run_id":"<r>","value":1,"timestamp":5})
    step("POST","runs/log-metric",{"key":"m","value":1,"timestamp":5})
    step("POST","runs/log-metric",{"run_id":"<r>","key":"m","value":"x","timestamp":5})
    step("POST","runs/log-metric",{"run_id":"<r>","key":"m","value":1,"timestamp":"x"})
    step("POST","runs/log-metric",{"run_id":"<r>","key":"m","value":1,"timestamp":-5})
    step("POST","runs/log-metric",{"run_id":"<r>","key":"m","value":1,"timestamp":5,"step":"x"})
    step("POST","runs/log-metric",{"run_id":"<r>","key":"a/../b","value":1,"timestamp":5})
    step("POST","runs/log-metric",{"run_id":"<r>","key":"a#b","value":1,"timestamp":5})
    step("POST","runs/log-metric",{"run_id":"<r>","key":"x"*251,"value":1,"timestamp":5})
    step("POST","runs/log-metric",{"run_id":"none","key":"m","value":1,"timestamp":5})
    step("POST","runs/log-metric",{"run_id":5,"key":"m","value":1,"timestamp":5})
    step("POST","runs/log-metric",{"run_id":"<r>","key":"inf","value":"Infinity","timestamp":5})
    step("POST","runs/log-parameter",{"run_id":"<r>","key":"p","value":"1"})
    step("POST","runs/log-parameter",{"run_id":"<r>","key":"p","value":"2"})
    step("POST","runs/log-parameter",{"run_id":"<r>","key":"e","value":""})
    step("POST","runs/log-parameter",{"run_id":"<r>","key":"e2"})
    step("POST","runs/log-parameter",{"run_id":"<r>","key":"","value":"2"})
    step("POST","runs/log-parameter",{"run_id":"<r>","key":"/x","value":"2"})
    step("POST","runs/log-parameter",{"run_id":"<r>","key":"q","value":5})
    step("POST","runs/log-parameter",{"run_id":"<r>","key":"y"*251,"value":"5"})
    step("POST","runs/set-tag",{"run_id":"<r>","key":"","value":"5"})
    step("POST","runs/set-tag",{"run_id":"<r>","key":"x"*251,"value":"5"})
    step("POST","runs/set-tag",{"run_id":"<r>","key":"a//b","value":"5"})
    step("POST","runs/set-tag",{"run_id":"<r>","key":"k"})
    step("POST","runs/set-tag",{"key":"k"})
    step("POST","runs/set-tag",{"run_id":"<r>","key":"mlflow.runName","value":"r3"})
    step("POST","runs/delete-tag",{"run_id":"<r>","key":"none"})
    step("POST","runs/delete-tag",{"run_id":"<r>"})
    step("POST","runs/log-batch",{"run_id":"<r>"})
    step("POST","runs/log-batch",{})
    step("POST","runs/log-batch",{"run_id":"<r>","metrics":[{"key":"b","value":1}]})
    step("POST","runs/log-batch",{"run_id":"<r>","metrics":[{"value":1,"timestamp":1}]})
    step("POST","runs/log-batch",{"run_id":"<r>","metrics":[{"key":"../b","value":1,"timestamp":1}]})
    step("POST","runs/log-batch",{"run_id":"<r>","metrics":[{"key":"b","value":1,"timestamp":-1}]})
    step("POST","runs/log-batch",{"run_id":"<r>","params":[{"value":"1"}]})
    step("POST","runs/log-batch",{"run_id":"<r>","params":[{"key":"a","value":"1"},{"key":"a","value":"1"}]})
    step("POST","runs/log-batch",{"run_id":"<r>","params":[{"key":"p","value":"9"}]})
    step("POST","runs/log-batch",{"run_id":"<r>","params":"x"})
    step("POST","runs/log-batch",{"run_id":"<r>","tags":[{"key":"t"}]})
    step("POST","runs/log-batch",{"run_id":"<r>","tags":[{"value":"t"}]})
    step("POST","runs/log-batch",{"run_id":"<r>","metrics":[{"key":"b","value":1,"timestamp":1}]*1001})
    step("POST","runs/log-batch",{"run_id":"<r>","params":[{"key":f"b{i}","value":"1"} for i in range(101)]})
    step("POST","runs/log-batch",{"run_id":"<r>","tags":[{"key":f"b{i}","value":"1"} for i in range(101)]})
    step("POST","runs/log-batch",{"run_id":"<r>","metrics":[{"key":"b","value":1,"timestamp":1}]*950,"params":[{"key":f"b{i}","value":"1"} for i in range(51)]})
    step("GET","runs/get?run_id=<r>")
    step("GET","metrics/get-history?run_id=<r>&metric_key=m")
    step("GET","metrics/get-history?run_id=<r>&metric_key=none")
    step("GET","metrics/get-history?run_id=none&metric_key=none")
    step("GET","metrics/get-history?run_id=<r>")
    step("GET","metrics/get-history?metric_key=m")
    step("GET","metrics/get-history?run_id=<r>&metric_key=m&max_results=1&page_token=zz!")
    step("GET","/ajax-api/2.0/mlflow/metrics/get-history-bulk?run_id=<r>&metric_key=m")
    step("GET","/ajax-api/2.0/mlflow/metrics/get-history-bulk?metric_key=m")
    step("GET","/ajax-api/2.0/mlflow/metrics/get-history-bulk?run_id=<r>")
    step("GET","/ajax-api/2.0/mlflow/metrics/get-history-bulk?metric_key=m&"+"&".join("run_id=a" for _ in range(101)))
    step("GET","/ajax-api/2.0/mlflow/metrics/get-history-bulk-interval?run_ids=<r>&metric_key=m")
    step("GET","/ajax-api/2.0/mlflow/metrics/get-history-bulk-interval?run_ids=<r>&metric_key=m&start_step=1")
    step("GET","/ajax-api/2.0/mlflow/metrics/get-history-bulk-interval?run_ids=<r>&metric_key=m&start_step=3&end_step=1")
    step("GET","/ajax-api/2.0/mlflow/metrics/get-history-bulk-interval?run_ids=<r>&metric_key=m&max_results=0")
    step("GET","/ajax-api/2.0/mlflow/metrics/get-history-bulk-interval?metric_key=m")
    step("GET","/ajax-api/2.0/mlflow/metrics/get-history-bulk-interval?metric_key=m&"+"&".join("run_ids=a" for _ in range(101)))
    step("POST","runs/search",{"experiment_ids":["<e>"]})
    for f in ["metrics.m > 1","metrics.a > 'x'","params.a > '1'","params.a = 1","what.a = '1'","params.a = '1' OR params.b = '2'","start_time > 'x'","status = 5","run_name IN ('a')","datasets.what = 'x'","tags.t = 'v'","tags.t = 'v' and","(tags.t = 'v')","tags.t 'v'","tags.t = v","run_id IN ()","run_id IN (1)","nothing = 'x'","tags.t IS NULL","metrics.m IS NULL","datasets.name LIKE 'x%'","tags.t != 'x' AND params.none != 'x'","metrics.m = 'x' ; metrics.m = 2","params.`p` = \"1\"","\"params.p\" = '1'","params.\"p\" = '1'","attributes.\"run name\" = 'r3'","attribute.Created > 5","run.status LIKE 'FIN%'","tag.t ILIKE 'V'","end_time <= 1700000000001"]:
        step("POST","runs/search",{"experiment_ids":["<e>"],"filter":f})
    for o in [["metrics.m"],["metrics.m UP"],["what.x"],["nothing"],["start_time","start_time DESC"],["datasets.name"],[""],["tags.`t` DESC"],["attribute.start_time asc"],["run name"]]:
        step("POST","runs/search",{"experiment_ids":["<e>"],"order_by":o})
    step("POST","runs/search",{"experiment_ids":["<e>"],"max_results":0})
    step("POST","runs/search",{"experiment_ids":["<e>"],"max_results":50001})
    step("POST","runs/search",{"experiment_ids":["<e>"],"max_results":-1})
    step("POST","runs/search",{"experiment_ids":["<e>"],"page_token":"zz!"})
    step("POST","runs/search",{"experiment_ids":["4711"]})
    step("POST","runs/search",{})
    step("POST","runs/search",{"experiment_ids":["<e>"],"run_view_type":"SOME"})
    step("POST","runs/search",{"experiment_ids":["<e>"],"run_view_type":2})
    step("POST","runs/log-inputs",{"run_id":"<r>","datasets":[{"tags":[{"key":"mlflow.data.context","value":"train"}],"dataset":{"name":"d","digest":"x","source_type":"t","source":"s"}}]})
    step("POST","runs/log-inputs",{"run_id":"<r>","datasets":[{"dataset":{"name":"d","digest":"x"*37,"source_type":"t","source":"s"}}]})
    step("POST","runs/log-inputs",{"run_id":"none","datasets":[]})
    step("POST","/ajax-api/2.0/mlflow/experiments/search-datasets",{"experiment_ids":["<e>"]})
    step("POST","/ajax-api/2.0/mlflow/experiments/search-datasets",{"experiment_ids":["1"]*21})
    step("POST","runs/log-model",{"run_id":"<r>","model_json":"{"})
    step("POST","runs/log-model",{"run_id":"<r>","model_json":"{}"})
    step("GET","artifacts/list?run_id=<r>")
    step("GET","artifacts/list?run_id=<r>&path=../x")
    step("GET","artifacts/list?run_id=none")
    step("GET","artifacts/list")
    step("POST","runs/delete",{"run_id":"<r>"})
    step("POST","runs/set-tag",{"run_id":"<r>","key":"k","value":"v"})
    step("POST","runs/log-metric",{"run_id":"<r>","key":"m","value":1,"timestamp":1})
    step("POST","runs/log-batch",{"run_id":"<r>","metrics":[]})
    step("POST","runs/delete-tag",{"run_id":"<r>","key":"t"})
    step("POST","runs/update",{"run_id":"<r>","status":"RUNNING"})
    step("POST","runs/delete",{"run_id":"none"})
    step("POST","runs/restore",{"run_id":"<r>"})
    # registry
    M="m-"+suffix
    step("POST","registered-models/create",{"name":M,"tags":[{"key":"a","value":"b"}],"description":"d"})
    step("POST","registered-models/create",{"name":M})
    step("POST","registered-models/create",{})
    step("POST","registered-models/create",{"name":"a/b"})
    step("POST","registered-models/create",{"name":" "})
    step("POST","registered-models/create",{"name":".."})
    step("GET","registered-models/get?name="+M)
    step("GET","registered-models/get?name=none")
    step("GET","registered-models/get")
    step("PATCH","registered-models/update",{"name":M,"description":"e"})
    step("PATCH","registered-models/update",{"name":"none","description":"e"})
    step("POST","registered-models/rename",{"name":M})
    step("POST","registered-models/rename",{"name":"none","new_name":"x"})
    step("POST","registered-models/set-tag",{"name":M,"key":"k","value":"v"})
    step("POST","registered-models/set-tag",{"name":M,"key":"/k","value":"v"})
    step("POST","registered-models/set-tag",{"name":M,"key":"","value":"v"})
    step("POST","registered-models/set-tag",{"name":"none","key":"k","value":"v"})
    step("POST","registered-models/set-tag",{"name":M,"key":"k","value":"v"*100001})
    step("DELETE","registered-models/delete-tag",{"name":M,"key":"none"})
    step("POST","model-versions/create",{"name":M,"source":"s3://b/m","run_id":"<r>","description":"d","tags":[{"key":"t","value":"1"}]})
    step("POST","model-versions/create",{"name":M})
    step("POST","model-versions/create",{"name":"none","source":"s3://b/m"})
    step("POST","model-versions/create",{"name":M,"source":"/etc/passwd"})
    step("POST","model-versions/create",{"name":M,"source":"mlflow-artifacts:/x/../y"})
    step("POST","model-versions/create",{"name":M,"source":"models:/none/1"})
    step("GET","model-versions/get?name="+M+"&version=1")
    step("GET","model-versions/get?name="+M+"&version=9")
    step("GET","model-versions/get?name="+M+"&version=x")
    step("GET","model-versions/get?name="+M)
    step("GET","model-versions/get?name=none&version=1")
    step("GET","model-versions/get-download-uri?name="+M+"&version=1")
    step("PATCH","model-versions/update",{"name":M,"version":"1","description":"f"})
    step("PATCH","model-versions/update",{"name":M,"version":"7","description":"f"})
    step("POST","model-versions/set-tag",{"name":M,"version":"1","key":"k","value":"v"})
    step("POST","model-versions/set-tag",{"name":M,"version":"x","key":"k","value":"v"})
    step("DELETE","model-versions/delete-tag",{"name":M,"version":"1","key":"none"})
    step("POST","model-versions/transition-stage",{"name":M,"version":"1","stage":"staging"})
    step("POST","model-versions/transition-stage",{"name":M,"version":"1","stage":"Nope"})
    step("POST","model-versions/transition-stage",{"name":M,"version":"1"})
    step("POST","registered-models/get-latest-versions",{"name":M})
    step("GET","registered-models/get-latest-versions?name="+M+"&stages=None")
    step("POST","registered-models/get-latest-versions",{"name":M,"stages":["Bad"]})
    step("POST","registered-models/get-latest-versions",{"name":"none"})
    step("POST","registered-models/alias",{"name":M,"alias":"champ","version":"1"})
    step("POST","registered-models/alias",{"name":M,"alias":"latest","version":"1"})
    step("POST","registered-models/alias",{"name":M,"alias":"v1","version":"1"})
    step("POST","registered-models/alias",{"name":M,"alias":"a b","version":"1"})
    step("POST","registered-models/alias",{"name":M,"alias":"x"*256,"version":"1"})
    step("POST","registered-models/alias",{"name":M,"alias":"a","version":"9"})
    step("POST","registered-models/alias",{"name":M,"alias":"a"})
    step("GET","registered-models/alias?name="+M+"&alias=champ")
    step("GET","registered-models/alias?name="+M+"&alias=latest")
    step("GET","registered-models/alias?name="+M+"&alias=none")
    step("GET","registered-models/alias?name=none&alias=none")
    step("GET","registered-models/get?name="+M)
    step("DELETE","registered-models/alias",{"name":M,"alias":"none"})
    for f in [f"name='{M}'","name LIKE 5","what='x'","name > 'a'","tags.t='1'","version_number > 'x'",f"name='{M}' AND version_number>1","run_id IN ('a')","name IN ('a')","name='a' OR name='b'","source_path='s3://b/m' and name='"+M+"'","run_id='<r>'"]:
        step("GET","model-versions/search?filter="+requests.utils.quote(f,safe='<>').replace("<r>","<r>"))
    for o in ["name","version_number DESC","what","name UP","last_updated_timestamp","creation_timestamp"]:
        step("GET","model-versions/search?filter="+requests.utils.quote(f"name='{M}'")+"&order_by="+requests.utils.quote(o))
    for f in [f"name='{M}'",f"name LIKE '{M}%'","what='x'","name > 'a'","name = 5",f"tags.a='b' and name='{M}'","tags.a IS NULL"]:
        step("GET","registered-models/search?filter="+requests.utils.quote(f))
    for o in ["name DESC","timestamp","last_updated_timestamp","creation_timestamp","what"]:
        step("GET","registered-models/search?filter="+requests.utils.quote(f"name='{M}'")+"&order_by="+requests.utils.quote(o))
    step("GET","registered-models/search?max_results=1001")
    step("GET","registered-models/search?max_results=0")
    step("GET","registered-models/search?page_token=zz!")
    step("GET","model-versions/search?max_results=200001")
    step("DELETE","model-versions/delete",{"name":M,"version":"1"})
    step("DELETE","model-versions/delete",{"name":M,"version":"1"})
    step("GET","registered-models/get?name="+M)
    step("DELETE","registered-models/delete",{"name":M})
    step("DELETE","registered-models/delete",{"name":M})
    # logged models
    step("POST","logged-models",{"experiment_id":"<e>","name":"net","model_type":"t","source_run_id":"<r>","params":[{"key":"p","value":"1"}],"tags":[{"key":"t","value":"1"}]},{"lm":"model.info.model_id"})
    step("POST","logged-models",{"name":"net"})
    step("POST","logged-models",{"experiment_id":"<e>","name":"a/b"})
    step("POST","logged-models",{"experiment_id":"4711","name":"a"})
    step("GET","logged-models/<lm>")
    step("GET","logged-models/m-none")
    step("PATCH","logged-models/<lm>",{"model_id":"<lm>","status":"LOGGED_MODEL_READY"})
    step("PATCH","logged-models/<lm>",{"model_id":"<lm>"})
    step("PATCH","logged-models/<lm>/tags",{"model_id":"<lm>","tags":[{"key":"a","value":"b"}]})
    step("DELETE","logged-models/<lm>/tags/a",{"model_id":"<lm>","tag_key":"a"})
    step("DELETE","logged-models/<lm>/tags/a",{"model_id":"<lm>","tag_key":"a"})
    step("POST","logged-models/<lm>/params",{"model_id":"<lm>","params":[{"key":"q","value":"2"}]})
    step("POST","runs/log-metric",{"run_id":"<r>","key":"lm","value":1,"timestamp":1,"model_id":"<lm>"})
    step("POST","runs/log-metric",{"run_id":"<r>","key":"lm","value":1,"timestamp":1,"model_id":"m-none"})
    step("GET","logged-models/<lm>")
    for f in ["name='net'","status='READY'","status = 'LOGGED_MODEL_READY'","metrics.lm > 0.5","params.p='1'","tags.t='1'","what='x'","model_type='t'","metrics.lm > 'x'","params.p = 5","name IN ('net','b')","creation_timestamp > 5","creation_time > 5","experiment_id = '<e>'"]:
        step("POST","logged-models/search",{"experiment_ids":["<e>"],"filter":f})
    for o in [[{"field_name":"name"}],[{"field_name":"metrics.lm"}],[{"field_name":"params.p"}],[{"field_name":"what"}],[{"field_name":"name","dataset_digest":"d"}],[{"ascending":True}],[{"field_name":"creation_time"}]]:
        step("POST","logged-models/search",{"experiment_ids":["<e>"],"order_by":o})
    step("POST","logged-models/search",{"experiment_ids":["<e>"],"max_results":0})
    step("POST","logged-models/search",{"experiment_ids":["<e>"],"max_results":51})
    step("POST","logged-models/search",{"experiment_ids":["<e>"],"page_token":"zz!"})
    step("POST","runs/outputs",{"run_id":"<r>","models":[{"model_id":"<lm>","step":1}]})
    step("POST","runs/outputs",{"run_id":"<r>"})
    step("POST","runs/log-inputs",{"run_id":"<r>","models":[{"model_id":"<lm>"}]})
    step("GET","runs/get?run_id=<r>")
    step("GET","logged-models/<lm>/artifacts/directories")
    step("DELETE","logged-models/<lm>")
    step("DELETE","logged-models/<lm>")
    step("POST","experiments/delete",{"experiment_id":"<e>"})
    step("POST","experiments/update",{"experiment_id":"<e>","new_name":"zz"})
    step("POST","experiments/delete",{"experiment_id":"<e>"})
    step("POST","runs/create",{"experiment_id":"<e>"})
    step("POST","experiments/set-experiment-tag",{"experiment_id":"<e>","key":"k","value":"v"})


with tempfile.TemporaryDirectory() as directory:
    server, url = started(directory)
    try:
        mlflow_server, millrace = Side(url), Side(os.environ["MLFLOW_TRACKING_URI"].rstrip("/"))
        # So that no id of an experiment is also a value of something else.
        for side in (mlflow_server, millrace):
            for i in range(120):
                side.call("POST", "experiments/create", {"name": f"{suffix}-{i}"}, None)
        steps()
    finally:
        os.killpg(server.pid, 15)
        server.wait()
print(
    f"{counts['steps']} requests: {counts['faults']} answered otherwise, {counts['expected']} otherwise on purpose, "
    f"{counts['messages']} refusals in other words"
)
sys.exit(1 if counts["faults"] else 0)
