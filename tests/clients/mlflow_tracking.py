"""The official MLflow client against this server: experiments, runs, metrics, artifacts, search, logged models, authentication, roles."""

import math
import os
import tempfile
import threading
import unittest
from pathlib import Path

os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
os.environ["MLFLOW_HTTP_REQUEST_MAX_RETRIES"] = "2"
os.environ["MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR"] = "false"

import mlflow
import requests
from mlflow import MlflowClient
from mlflow.entities import Dataset, DatasetInput, InputTag, LoggedModelStatus, Metric, Param, RunTag, ViewType
from mlflow.exceptions import MlflowException

from portal import PASSWORD, Portal

portal: Portal
tokens: dict[str, str] = {}


def setUpModule() -> None:
    global portal
    portal = Portal(ALLUVIUM_UPLOAD_LIMIT_MB="20")
    for name, role in [("ann", "author"), ("rob", "reader")]:
        tokens[name] = portal.person(name, role)
    mlflow.set_tracking_uri(portal.url)


def tearDownModule() -> None:
    messages = portal.messages()
    portal.stop()
    # An upload in parts is answered with 501, on purpose.
    messages = "\n".join(line for line in messages.splitlines() if "501 Not Implemented" not in line)
    for word in ["panicked", "ERROR", PASSWORD, *tokens.values()]:
        assert word not in messages, f"the server's log holds {word!r}:\n{messages}"


def sign_in(name: str | None, how: str = "bearer") -> None:
    for variable in ["MLFLOW_TRACKING_TOKEN", "MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD"]:
        os.environ.pop(variable, None)
    if name and how == "bearer":
        os.environ["MLFLOW_TRACKING_TOKEN"] = tokens[name]
    elif name:
        os.environ["MLFLOW_TRACKING_USERNAME"] = name
        os.environ["MLFLOW_TRACKING_PASSWORD"] = PASSWORD if how == "password" else tokens[name]


class Case(unittest.TestCase):
    def setUp(self) -> None:
        sign_in("ann")
        self.client = MlflowClient()
        self.experiment = self.client.create_experiment(self.id())

    def refused(self, code: str, text: str, call, *arguments, **named) -> str:
        with self.assertRaises(MlflowException) as caught:
            call(*arguments, **named)
        self.assertEqual(caught.exception.error_code, code, caught.exception.message)
        self.assertIn(text, caught.exception.message)
        return caught.exception.message


class Experiments(Case):
    def test_life_of_an_experiment(self) -> None:
        found = self.client.get_experiment(self.experiment)
        self.assertEqual((found.name, found.lifecycle_stage), (self.id(), "active"))
        self.assertEqual(found.artifact_location, f"mlflow-artifacts:/{self.experiment}")
        self.assertEqual(self.client.get_experiment_by_name(self.id()).experiment_id, self.experiment)
        self.assertIsNone(self.client.get_experiment_by_name("no such experiment"))
        self.client.set_experiment_tag(self.experiment, "team", "搜索")
        self.assertEqual(self.client.get_experiment(self.experiment).tags, {"team": "搜索"})
        self.client.delete_experiment_tag(self.experiment, "team")
        self.client.rename_experiment(self.experiment, self.id() + " renamed")
        self.refused("RESOURCE_ALREADY_EXISTS", "already exists", self.client.create_experiment, self.id() + " renamed")
        run = self.client.create_run(self.experiment)
        self.client.delete_experiment(self.experiment)
        self.assertEqual(self.client.get_experiment(self.experiment).lifecycle_stage, "deleted")
        self.assertEqual(self.client.get_run(run.info.run_id).info.lifecycle_stage, "deleted")
        self.refused("INVALID_PARAMETER_VALUE", "must be in the 'active' state", self.client.create_run, self.experiment)
        self.client.restore_experiment(self.experiment)
        self.assertEqual(self.client.get_run(run.info.run_id).info.lifecycle_stage, "active")
        self.refused("RESOURCE_DOES_NOT_EXIST", "No Experiment with id=987654 exists", self.client.get_experiment, "987654")

    def test_search(self) -> None:
        for name in ["b", "a", "c"]:
            self.client.create_experiment(f"search-{name}", tags={"letter": name})
        names = lambda **how: [one.name for one in self.client.search_experiments(**how)]
        self.assertEqual(names(filter_string="name LIKE 'search-%'", order_by=["name ASC"]), ["search-a", "search-b", "search-c"])
        self.assertEqual(names(filter_string="tags.letter = 'a'"), ["search-a"])
        self.assertEqual(names(filter_string="name LIKE 'search-%'"), ["search-c", "search-a", "search-b"], "newest first")
        first = self.client.search_experiments(filter_string="name LIKE 'search-%'", order_by=["name"], max_results=2)
        rest = self.client.search_experiments(
            filter_string="name LIKE 'search-%'", order_by=["name"], max_results=2, page_token=first.token
        )
        self.assertEqual([one.name for one in [*first, *rest]], ["search-a", "search-b", "search-c"])
        self.assertIsNone(rest.token or None)
        self.assertIn("Default", names(filter_string="name = 'Default'"))
        self.client.delete_experiment(self.client.get_experiment_by_name("search-a").experiment_id)
        self.assertEqual(names(view_type=ViewType.DELETED_ONLY, filter_string="name LIKE 'search-%'"), ["search-a"])


class Runs(Case):
    def test_fluent_and_nested(self) -> None:
        mlflow.set_experiment(experiment_id=self.experiment)
        with mlflow.start_run(run_name="parent") as parent:
            mlflow.log_params({"lr": 0.1, "名": "值"})
            with mlflow.start_run(nested=True) as child:
                mlflow.log_metric("loss", 0.5, step=1)
                mlflow.set_tag("kind", "child")
        found = self.client.get_run(child.info.run_id)
        self.assertEqual(found.data.tags["mlflow.parentRunId"], parent.info.run_id)
        self.assertEqual((found.info.status, found.data.metrics), ("FINISHED", {"loss": 0.5}))
        self.assertTrue(found.info.run_name)
        parent = self.client.get_run(parent.info.run_id)
        self.assertEqual(parent.data.params, {"lr": "0.1", "名": "值"})
        self.assertEqual(parent.info.run_name, "parent")
        self.assertGreaterEqual(parent.info.end_time, parent.info.start_time)
        self.assertEqual(parent.info.artifact_uri, f"mlflow-artifacts:/{self.experiment}/{parent.info.run_id}/artifacts")
        children = self.client.search_runs([self.experiment], f"tags.`mlflow.parentRunId` = '{parent.info.run_id}'")
        self.assertEqual([run.info.run_id for run in children], [child.info.run_id])
        with self.assertRaises(ZeroDivisionError):
            with mlflow.start_run() as broken:
                1 / 0
        self.assertEqual(self.client.get_run(broken.info.run_id).info.status, "FAILED")

    def test_life_of_a_run(self) -> None:
        run = self.client.create_run(self.experiment, start_time=1234, tags={"a": "b"}, run_name="first").info.run_id
        self.client.update_run(run, status="SCHEDULED", name="second")
        found = self.client.get_run(run)
        self.assertEqual((found.info.start_time, found.info.status, found.info.run_name), (1234, "SCHEDULED", "second"))
        self.assertEqual(found.data.tags["mlflow.runName"], "second")
        self.client.set_tag(run, "mlflow.runName", "third")
        self.assertEqual(self.client.get_run(run).info.run_name, "third")
        self.client.set_terminated(run, "KILLED", end_time=5678)
        found = self.client.get_run(run)
        self.assertEqual((found.info.status, found.info.end_time), ("KILLED", 5678))
        self.client.delete_tag(run, "a")
        self.assertNotIn("a", self.client.get_run(run).data.tags)
        self.refused("RESOURCE_DOES_NOT_EXIST", "No tag with name: a", self.client.delete_tag, run, "a")
        self.client.delete_run(run)
        self.assertEqual(self.client.search_runs([self.experiment]), [])
        self.assertEqual(len(self.client.search_runs([self.experiment], run_view_type=ViewType.DELETED_ONLY)), 1)
        self.refused("INVALID_PARAMETER_VALUE", "must be in the 'active' state", self.client.log_metric, run, "m", 1.0)
        self.client.restore_run(run)
        self.client.log_metric(run, "m", 1.0)
        self.refused("RESOURCE_DOES_NOT_EXIST", "Run with id=0123456789abcdef0123456789abcdef not found",
                     self.client.get_run, "0123456789abcdef0123456789abcdef")
        self.refused("RESOURCE_DOES_NOT_EXIST", "Run with id=nonsense not found", self.client.get_run, "nonsense")

    def test_special_values_survive(self) -> None:
        run = self.client.create_run(self.experiment).info.run_id
        values = {"nan": math.nan, "inf": math.inf, "minus": -math.inf, "tiny": 5e-324, "large": 1.7976931348623157e308, "zero": -0.0}
        for key, value in values.items():
            self.client.log_metric(run, key, value)
        found = self.client.get_run(run).data.metrics
        self.assertTrue(math.isnan(found.pop("nan")))
        self.assertEqual(found, {key: value for key, value in values.items() if key != "nan"})
        self.assertTrue(math.isnan(self.client.get_metric_history(run, "nan")[0].value))
        self.assertEqual(self.client.get_metric_history(run, "minus")[0].value, -math.inf)
        names = lambda text: len(self.client.search_runs([self.experiment], text))
        self.assertEqual([names("metrics.nan > 0"), names("metrics.nan < 0"), names("metrics.nan != 0")], [0, 0, 1])
        self.assertEqual([names("metrics.inf > 1e300"), names("metrics.minus < -1e300")], [1, 1])

    def test_batches_and_history(self) -> None:
        run = self.client.create_run(self.experiment).info.run_id
        for begin in range(0, 6_000, 1_000):
            metrics = [Metric("loss", 1 / (step + 1), step, step) for step in range(begin, begin + 1_000)]
            self.client.log_batch(run, metrics=metrics)
        history = self.client.get_metric_history(run, "loss")
        self.assertEqual([point.step for point in history], list(range(6_000)))
        self.assertEqual(history[2].value, 1 / 3)
        self.assertEqual(self.client.get_run(run).data.metrics["loss"], 1 / 6_000)
        # The last value is that of the last step, whatever came last.
        self.client.log_batch(run, metrics=[Metric("loss", 99.0, 10_000, 3)])
        self.assertEqual(self.client.get_run(run).data.metrics["loss"], 1 / 6_000)
        # The same again is the same.
        self.client.log_batch(run, metrics=[Metric("loss", 99.0, 10_000, 3)] * 3)
        self.assertEqual(len(self.client.get_metric_history(run, "loss")), 6_001)
        self.assertEqual(self.client.get_metric_history(run, "never"), [])
        self.client.log_batch(
            run,
            metrics=[Metric(f"m{number}", number, 0, 0) for number in range(700)],
            params=[Param(f"p{number}", str(number)) for number in range(100)],
            tags=[RunTag(f"t{number}", str(number)) for number in range(100)],
        )
        found = self.client.get_run(run).data
        self.assertEqual((len(found.metrics), len(found.params), found.tags["t99"]), (701, 100, "99"))

    def test_concurrent_values_of_one_metric(self) -> None:
        run = self.client.create_run(self.experiment).info.run_id

        def log(thread: int) -> None:
            for step in range(thread, 160, 8):
                self.client.log_batch(run, metrics=[Metric("a", step, step, step), Metric("b", -step, step, step)])

        threads = [threading.Thread(target=log, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual([point.step for point in self.client.get_metric_history(run, "a")], list(range(160)))
        self.assertEqual(self.client.get_run(run).data.metrics, {"a": 159.0, "b": -159.0})

    def test_parameters_are_set_once(self) -> None:
        run = self.client.create_run(self.experiment).info.run_id
        self.client.log_param(run, "lr", 0.1)
        self.client.log_param(run, "lr", 0.1)
        self.refused("INVALID_PARAMETER_VALUE", f"Changing param values is not allowed. Param with key='lr' was already logged with value='0.1' "
                     f"for run ID='{run}'. Attempted logging new value '0.2'.", self.client.log_param, run, "lr", 0.2)
        self.refused("INVALID_PARAMETER_VALUE", "Changing param values is not allowed. Params were already logged='[{'key': 'lr', 'old_value': '0.1', 'new_value': '0.3'}]'",
                     self.client.log_batch, run, params=[Param("new", "1"), Param("lr", "0.3")], metrics=[Metric("m", 1, 1, 1)])
        found = self.client.get_run(run).data
        self.assertEqual((found.params, found.metrics), ({"lr": "0.1"}, {}), "all or nothing")
        self.client.log_param(run, "empty", "")
        self.assertEqual(self.client.get_run(run).data.params["empty"], "")

    def test_wrong_input_says_what(self) -> None:
        run = self.client.create_run(self.experiment).info.run_id
        post = lambda path, body: requests.post(
            f"{portal.url}/api/2.0/mlflow/{path}", json=body, headers={"Authorization": f"Bearer {tokens['ann']}"}, timeout=30
        )
        many = [{"key": "m", "value": number, "timestamp": 1, "step": number} for number in range(1001)]
        cases = [
            ("experiments/create", {"name": 123}, "Invalid value 123 for parameter 'name'"),
            ("experiments/create", {}, "Missing value for required parameter 'name'"),
            ("runs/log-metric", {"key": "a", "value": 1, "timestamp": 1}, "Missing value for required parameter 'run_id'"),
            ("runs/log-metric", {"run_id": run, "key": "a", "timestamp": 1}, "Missing value for required parameter 'value'"),
            ("runs/log-metric", {"run_id": run, "key": "a", "value": "x", "timestamp": 1}, "Invalid value \"x\" for parameter 'value'"),
            ("runs/log-metric", {"run_id": run, "key": "a", "value": 1, "timestamp": -1}, "Timestamp must be a nonnegative long"),
            ("runs/log-batch", {"run_id": run, "metrics": many}, "A batch logging request can contain at most 1000 metrics. Got 1001 metrics."),
            ("runs/log-batch", {"run_id": run, "metrics": [{"key": "a", "timestamp": 1}]}, "Missing value for required parameter 'metrics[0].value'"),
            ("runs/log-batch", {"run_id": run, "metrics": [{"key": "../a", "value": 1, "timestamp": 1}]}, "Invalid value \"../a\" for parameter 'metrics[0].name' supplied: Names may be treated as files"),
            ("runs/log-batch", {"run_id": run, "params": [{"key": "a", "value": "1"}, {"key": "a", "value": "2"}]}, "Duplicate parameter keys have been submitted: ['a']"),
            ("runs/log-batch", {"run_id": run, "params": {"key": "a"}}, "Invalid value {\"key\":\"a\"} for parameter 'params'"),
            ("runs/log-parameter", {"run_id": run, "key": "k" * 251, "value": "1"}, "'Param key' exceeds the maximum length of 250 characters"),
            ("runs/set-tag", {"run_id": run, "key": "a*b", "value": ""}, "Names may only contain alphanumerics"),
            ("runs/search", {"experiment_ids": ["0"], "filter": "metrics.a LIKE 'x'"}, "Invalid comparator 'LIKE' not one of"),
            ("runs/search", {"experiment_ids": ["0"], "filter": "params.a = 1"}, "Expected a quoted string value"),
            ("runs/search", {"experiment_ids": ["0"], "filter": "params.a = 'x' OR params.b = 'y'"}, "Invalid clause(s) in filter string"),
            ("runs/search", {"experiment_ids": ["0"], "filter": "colour = 'x'"}, "Invalid attribute key 'colour'"),
            ("runs/search", {"experiment_ids": ["0"], "filter": "things.a = 'x'"}, "Invalid entity type 'things'"),
            ("runs/search", {"experiment_ids": ["0"], "order_by": ["metrics.a DOWN"]}, "Invalid order_by clause"),
            ("runs/search", {"experiment_ids": ["0"], "order_by": ["metrics.a", "metrics.a DESC"]}, "`order_by` contains duplicate fields"),
            ("runs/search", {"experiment_ids": ["0"], "max_results": 0}, "Invalid value 0 for parameter 'max_results' supplied"),
            ("runs/search", {"experiment_ids": ["0"], "max_results": 50001}, "It must be at most 50000"),
            ("runs/search", {"experiment_ids": ["0"], "page_token": "nonsense"}, "Invalid page token"),
            ("runs/search", {"experiment_ids": ["x"]}, "Invalid experiment ID 'x'"),
        ]
        for path, body, text in cases:
            with self.subTest(path=path, text=text):
                answer = post(path, body)
                self.assertEqual((answer.status_code, answer.json()["error_code"]), (400, "INVALID_PARAMETER_VALUE"), answer.text)
                self.assertIn(text, answer.json()["message"])
        self.assertEqual(post("runs/search", [1]).status_code, 400)
        answer = post("no-such-endpoint", {})
        self.assertEqual((answer.status_code, answer.json()["error_code"]), (404, "ENDPOINT_NOT_FOUND"))

    def test_inputs(self) -> None:
        run = self.client.create_run(self.experiment).info.run_id
        source = '{"uri": "https://example.org/clicks"}'
        dataset = Dataset("clicks", "0f3a", "http", source, schema="[]", profile="{}")
        self.client.log_inputs(run, [DatasetInput(dataset, [InputTag("mlflow.data.context", "training")])])
        found = self.client.get_run(run).inputs.dataset_inputs[0]
        self.assertEqual((found.dataset.to_dictionary(), found.tags[0].value), (dataset.to_dictionary(), "training"))
        names = lambda text: len(self.client.search_runs([self.experiment], text))
        self.assertEqual(names("dataset.name = 'clicks' AND datasets.context = 'training' AND dataset.digest LIKE '0f%'"), 1)
        self.assertEqual(names("dataset.context = 'test'"), 0)


class Search(Case):
    def setUp(self) -> None:
        super().setUp()
        for number in range(30):
            run = self.client.create_run(self.experiment, start_time=1_000 + number, run_name=f"run {number}").info.run_id
            metrics = [Metric("score", [number / 10, math.nan][number % 10 == 3], 1, 1)] if number % 10 else []
            self.client.log_batch(
                run, metrics=metrics, params=[Param("a b", str(number % 3)), Param("depth", str(number))], tags=[RunTag("team", "Search" if number % 2 else "ads")]
            )
            if number % 5 == 0:
                self.client.set_terminated(run)

    def numbers(self, text: str = "", order=None) -> list[int]:
        return [int(run.data.params["depth"]) for run in self.client.search_runs([self.experiment], text, order_by=order)]

    def test_filters(self) -> None:
        self.assertEqual(len(self.numbers()), 30)
        self.assertEqual(sorted(self.numbers("metrics.score > 2.05")), [21, 22, 24, 25, 26, 27, 28, 29])
        self.assertEqual(sorted(self.numbers("metrics.score >= 1.1 AND metrics.score <= 1.2")), [11, 12])
        self.assertEqual(sorted(self.numbers("params.`a b` = '2' AND metrics.score < 1")), [2, 5, 8])
        self.assertEqual(len(self.numbers("params.\"a b\" != '2'")), 20)
        self.assertEqual(len(self.numbers("tags.team LIKE 'Sea%'")), 15)
        self.assertEqual(len(self.numbers("tags.team LIKE 'sea%'")), 0)
        self.assertEqual(len(self.numbers("tags.team ILIKE 'SEA%'")), 15)
        self.assertEqual(sorted(self.numbers("params.depth IN ('3', '4', 'x')")), [3, 4])
        self.assertEqual(len(self.numbers("params.missing IS NULL")), 30)
        self.assertEqual(len(self.numbers("status = 'FINISHED'")), 6)
        self.assertEqual(len(self.numbers("attributes.status = 'running'")), 24)
        self.assertEqual(sorted(self.numbers("start_time < 1003")), [0, 1, 2])
        self.assertEqual(sorted(self.numbers("run_name = 'run 7'")), [7])
        run = self.client.search_runs([self.experiment], "run_name = 'run 7'")[0].info
        self.assertEqual(self.numbers(f"run_id IN ('{run.run_id}')"), [7])
        self.assertEqual(self.numbers(f"artifact_uri = '{run.artifact_uri}'"), [7])
        self.assertEqual(self.numbers("params.depth = 'it''s; drop table run'"), [])
        self.assertEqual(self.numbers("tags.`x'); drop table run; --` = 'y'"), [])

    def test_orders(self) -> None:
        self.assertEqual(self.numbers()[:3], [29, 28, 27], "newest first")
        self.assertEqual(self.numbers(order=["start_time ASC"])[:3], [0, 1, 2])
        rising = self.numbers(order=["metrics.score ASC"])
        self.assertEqual(rising[:3], [1, 2, 4])
        self.assertEqual(rising[-6:], [23, 13, 3, 20, 10, 0], "NaN behind numbers, what is missing last")
        falling = self.numbers(order=["metrics.score DESC"])
        self.assertEqual((falling[:3], falling[-6:]), ([29, 28, 27], [23, 13, 3, 20, 10, 0]))
        both = self.numbers(order=["params.`a b` DESC", "metrics.score ASC"])
        self.assertEqual(both[:4], [2, 5, 8, 11])
        self.assertEqual(self.numbers(order=["tag.team", "start_time"])[:3], [1, 3, 5])

    def test_pages(self) -> None:
        for order in [None, ["metrics.score DESC"], ["params.`a b`"]]:
            whole, token, seen = self.numbers(order=order), None, []
            while True:
                page = self.client.search_runs([self.experiment], order_by=order, max_results=7, page_token=token)
                seen += [int(run.data.params["depth"]) for run in page]
                token = page.token
                if not token:
                    break
            self.assertEqual(seen, whole)

    def test_table(self) -> None:
        runs = mlflow.search_runs([self.experiment], "metrics.score > 2.05", order_by=["metrics.score"], output_format="list")
        self.assertEqual(len(runs), 8)


class Artifacts(Case):
    def test_up_and_down(self) -> None:
        run = self.client.create_run(self.experiment).info.run_id
        with tempfile.TemporaryDirectory() as folder:
            large = os.urandom(9 * 1024 * 1024)
            Path(folder, "sub").mkdir()
            Path(folder, "weights.bin").write_bytes(large)
            Path(folder, "sub", "名 a.txt").write_text("沃土")
            Path(folder, "empty").write_bytes(b"")
            self.client.log_artifacts(run, folder, "model")
        self.client.log_text(run, "<script>alert(1)</script>", "page.html")
        self.client.log_dict(run, {"a": [1, 2]}, "config.json")
        listed = lambda path=None: [(one.path, one.is_dir, one.file_size) for one in self.client.list_artifacts(run, path)]
        self.assertEqual(listed(), [("config.json", False, len('{\n  "a": [\n    1,\n    2\n  ]\n}')), ("model", True, None), ("page.html", False, 25)])
        self.assertEqual(listed("model"), [("model/empty", False, 0), ("model/sub", True, None), ("model/weights.bin", False, len(large))])
        self.assertEqual(listed("model/weights.bin"), [])
        self.assertEqual(listed("nothing"), [])
        with tempfile.TemporaryDirectory() as folder:
            down = Path(self.client.download_artifacts(run, "", folder))
            self.assertEqual((down / "model/weights.bin").read_bytes(), large)
            self.assertEqual((down / "model/sub/名 a.txt").read_text(), "沃土")
            self.assertEqual((down / "model/empty").read_bytes(), b"")
        page = requests.get(
            f"{portal.url}/api/2.0/mlflow-artifacts/artifacts/{self.experiment}/{run}/artifacts/page.html", timeout=30
        )
        self.assertEqual((page.headers["content-type"], page.headers["content-disposition"]), ("application/octet-stream", "attachment"))
        self.client.log_text(run, "second", "page.html")
        self.assertEqual(mlflow.artifacts.load_text(f"runs:/{run}/page.html"), "second")
        from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

        repository = get_artifact_repository(self.client.get_run(run).info.artifact_uri)
        repository.delete_artifacts("model")
        self.assertEqual([path for path, _, _ in listed()], ["config.json", "page.html"])

    def test_too_large(self) -> None:
        run = self.client.create_run(self.experiment).info.run_id
        with tempfile.NamedTemporaryFile() as file:
            file.truncate(21 * 1024 * 1024)
            with self.assertRaises(requests.HTTPError) as caught:
                self.client.log_artifact(run, file.name)
            self.assertIn("413", str(caught.exception))
        self.assertEqual(self.client.list_artifacts(run), [])

    def test_multipart_is_not_needed(self) -> None:
        os.environ["MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD"] = "true"
        os.environ["MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE"] = "1"
        try:
            run = self.client.create_run(self.experiment).info.run_id
            self.client.log_text(run, "text", "a.txt")
            self.assertEqual(mlflow.artifacts.load_text(f"runs:/{run}/a.txt"), "text")
        finally:
            del os.environ["MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD"]
            del os.environ["MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE"]


class LoggedModels(Case):
    def test_life_of_a_logged_model(self) -> None:
        run = self.client.create_run(self.experiment).info.run_id
        model = self.client.create_logged_model(
            self.experiment, name="ranker", source_run_id=run, tags={"a": "b"}, params={f"p{n}": str(n) for n in range(150)}, model_type="linear"
        )
        self.assertEqual((model.status, len(model.params)), (LoggedModelStatus.PENDING, 150))
        self.client.log_outputs(run, [mlflow.entities.LoggedModelOutput(model.model_id, 3)])
        self.client.log_metric(run, "ndcg", 0.4, step=1, model_id=model.model_id, dataset_name="clicks", dataset_digest="0f3a")
        self.client.log_metric(run, "ndcg", 0.5, step=2, model_id=model.model_id, dataset_name="clicks", dataset_digest="0f3a")
        self.client.set_logged_model_tags(model.model_id, {"c": "d"})
        self.client.delete_logged_model_tag(model.model_id, "a")
        model = self.client.finalize_logged_model(model.model_id, LoggedModelStatus.READY)
        found = self.client.get_logged_model(model.model_id)
        self.assertEqual((found.name, found.status, found.tags, found.model_type), ("ranker", LoggedModelStatus.READY, {"c": "d"}, "linear"))
        self.assertEqual([(one.key, one.value, one.dataset_name) for one in found.metrics], [("ndcg", 0.5, "clicks")])
        self.assertEqual(found.source_run_id, run)
        outputs = self.client.get_run(run).outputs.model_outputs
        self.assertEqual([(one.model_id, one.step) for one in outputs], [(model.model_id, 3)])
        other = self.client.create_logged_model(self.experiment, name="other")
        names = lambda **how: [one.name for one in self.client.search_logged_models([self.experiment], **how)]
        self.assertEqual(names(), ["other", "ranker"])
        self.assertEqual(names(filter_string="metrics.ndcg > 0.45 AND name = 'ranker' AND params.p7 = '7'"), ["ranker"])
        self.assertEqual(names(filter_string="status = 'PENDING'"), ["other"])
        self.assertEqual(names(order_by=[{"field_name": "name", "ascending": False}]), ["ranker", "other"])
        self.client.delete_logged_model(other.model_id)
        self.assertEqual(names(), ["ranker"])
        self.refused("RESOURCE_DOES_NOT_EXIST", "not found", self.client.get_logged_model, other.model_id)
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "MLmodel").write_text("flavors: {}")
            self.client.log_model_artifacts(model.model_id, folder)
        self.assertEqual([one.path for one in self.client.list_logged_model_artifacts(model.model_id)], ["MLmodel"])


class Who(Case):
    def test_three_ways_to_sign_in(self) -> None:
        for how in ["bearer", "password", "token"]:
            sign_in("ann", how)
            run = self.client.create_run(self.experiment)
            self.client.log_metric(run.info.run_id, how, 1.0)
            self.assertEqual(self.client.get_run(run.info.run_id).data.metrics, {how: 1.0})

    def test_wrong_credentials(self) -> None:
        os.environ["MLFLOW_TRACKING_TOKEN"] = "alv_wrong"
        self.refused("UNAUTHENTICATED", "You are not authenticated", self.client.get_experiment, "0")
        sign_in("rob", "password")
        os.environ["MLFLOW_TRACKING_PASSWORD"] = "another password"
        self.refused("UNAUTHENTICATED", "You are not authenticated", self.client.get_experiment, "0")
        answer = requests.get(f"{portal.url}/api/2.0/mlflow/experiments/get?experiment_id=0", auth=("rob", "wrong"), timeout=30)
        self.assertEqual(answer.headers["www-authenticate"], "Bearer", "a browser must not be asked for a password")

    def test_readers_and_strangers_read_only(self) -> None:
        run = self.client.create_run(self.experiment).info.run_id
        for name, code in [("rob", "PERMISSION_DENIED"), (None, "UNAUTHENTICATED")]:
            sign_in(name)
            self.assertEqual(self.client.get_run(run).info.run_id, run)
            writes = [
                (self.client.create_experiment, f"by {name}"),
                (self.client.create_run, self.experiment),
                (self.client.log_metric, run, "m", 1.0),
                (self.client.log_param, run, "p", 1),
                (self.client.set_tag, run, "t", 1),
                (self.client.delete_tag, run, "mlflow.runName"),
                (self.client.log_batch, run, [Metric("m", 1, 1, 1)]),
                (self.client.update_run, run, "FINISHED"),
                (self.client.delete_run, run),
                (self.client.restore_run, run),
                (self.client.rename_experiment, self.experiment, "x"),
                (self.client.delete_experiment, self.experiment),
                (self.client.restore_experiment, self.experiment),
                (self.client.set_experiment_tag, self.experiment, "t", "1"),
                (self.client.create_logged_model, self.experiment),
                (self.client.log_inputs, run, [DatasetInput(Dataset("d", "1", "http", "x"), [])]),
            ]
            for call, *arguments in writes:
                with self.subTest(name=name, call=call.__name__):
                    self.refused(code, "", call, *arguments)
            with self.assertRaises(requests.HTTPError):
                self.client.log_text(run, "text", "a.txt")
        sign_in("ann")
        found = self.client.get_run(run)
        self.assertEqual((found.info.status, found.data.metrics, found.data.params), ("RUNNING", {}, {}))
        self.assertEqual(self.client.list_artifacts(run), [])


if __name__ == "__main__":
    unittest.main()
