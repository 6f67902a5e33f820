"""The official MLflow client against this server: registered models, versions, aliases, stages, search; approval that blocks."""

import json
import os
import time
import unittest
import uuid

os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
os.environ["MLFLOW_HTTP_REQUEST_MAX_RETRIES"] = "2"

import mlflow
import requests
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from portal import PASSWORD, Portal

portal: Portal
tokens: dict[str, str] = {}


def setUpModule() -> None:
    global portal
    portal = Portal()
    for name, role in [("ann", "author"), ("rita", "reviewer"), ("rob", "reader"), ("ada", "administrator")]:
        tokens[name] = portal.person(name, role, events=name == "ann")
    mlflow.set_tracking_uri(portal.url)


def tearDownModule() -> None:
    messages = portal.messages()
    portal.stop()
    for word in ["panicked", "ERROR", PASSWORD, *tokens.values()]:
        assert word not in messages, f"the server's log holds {word!r}:\n{messages}"


def sign_in(name: str | None) -> None:
    for variable in ["MLFLOW_TRACKING_TOKEN", "MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD"]:
        os.environ.pop(variable, None)
    if name:
        os.environ["MLFLOW_TRACKING_TOKEN"] = tokens[name]


class Case(unittest.TestCase):
    def setUp(self) -> None:
        sign_in("ann")
        self.client = MlflowClient()
        self.name = self.id().split(".")[-1]

    def refused(self, code: str, text: str, call, *arguments, **named) -> None:
        with self.assertRaises(MlflowException) as caught:
            call(*arguments, **named)
        self.assertEqual(caught.exception.error_code, code, caught.exception.message)
        self.assertIn(text, caught.exception.message)


class Models(Case):
    def test_create_get_update_rename_delete(self) -> None:
        made = self.client.create_registered_model(self.name, tags={"task": "ranking"}, description="first")
        self.assertEqual((made.name, made.description, made.tags), (self.name, "first", {"task": "ranking"}))
        self.refused("RESOURCE_ALREADY_EXISTS", self.name, self.client.create_registered_model, self.name)
        self.refused("INVALID_PARAMETER_VALUE", "name", self.client.create_registered_model, "a:b")
        updated = self.client.update_registered_model(self.name, "second")
        self.assertEqual(updated.description, "second")
        self.assertGreaterEqual(updated.last_updated_timestamp, made.creation_timestamp)
        self.client.set_registered_model_tag(self.name, "a.dotted key", "x")
        self.client.delete_registered_model_tag(self.name, "task")
        self.assertEqual(self.client.get_registered_model(self.name).tags, {"a.dotted key": "x"})
        self.client.rename_registered_model(self.name, self.name + "-2")
        self.assertEqual(self.client.get_registered_model(self.name + "-2").description, "second")
        self.refused("RESOURCE_DOES_NOT_EXIST", f"Registered Model with name={self.name} not found",
                     self.client.get_registered_model, self.name)
        self.client.delete_registered_model(self.name + "-2")
        self.refused("RESOURCE_DOES_NOT_EXIST", "not found", self.client.get_registered_model, self.name + "-2")

    def test_search(self) -> None:
        for number, task in enumerate(["rank", "rank", "encode"]):
            self.client.create_registered_model(f"Search{number}", tags={"task": task, "a.b": str(number)})

        def found(text: str) -> list[str]:
            return [model.name for model in self.client.search_registered_models(text, order_by=["name ASC"])]

        self.assertEqual(found("name LIKE 'Search%'"), ["Search0", "Search1", "Search2"])
        self.assertEqual(found("name ILIKE '%search2'"), ["Search2"])
        self.assertEqual(found("tags.task = 'rank' AND name != 'Search0'"), ["Search1"])
        self.assertEqual(found("tags.`a.b` = '2'"), ["Search2"])
        self.refused("INVALID_PARAMETER_VALUE", "owner", self.client.search_registered_models, "owner = 'x'")
        first = self.client.search_registered_models("name LIKE 'Search%'", max_results=2, order_by=["name DESC"])
        self.assertEqual([model.name for model in first], ["Search2", "Search1"])
        rest = self.client.search_registered_models("name LIKE 'Search%'", max_results=2, order_by=["name DESC"],
                                                    page_token=first.token)
        self.assertEqual(([model.name for model in rest], rest.token or ""), (["Search0"], ""))


class Versions(Case):
    def version(self, **named):
        return self.client.create_model_version(self.name, "s3://elsewhere/model", await_creation_for=0, **named)

    def test_versions_tags_aliases_stages(self) -> None:
        self.client.create_registered_model(self.name)
        said = "One of the versions of this test"
        one = self.version(description=said, tags={"seed": "1"})
        two = self.version(description=said)
        self.assertEqual((one.version, two.version, one.status, one.current_stage), ("1", "2", "READY", "None"))
        self.assertEqual((one.tags, one.description, one.user_id), ({"seed": "1"}, said, "ann"))
        self.client.update_model_version(self.name, "1", "Another text about this version")
        self.client.set_model_version_tag(self.name, "1", "k", "v")
        self.client.delete_model_version_tag(self.name, "1", "seed")
        again = self.client.get_model_version(self.name, "1")
        self.assertEqual((again.description, again.tags), ("Another text about this version", {"k": "v"}))
        for alias in ["challenger", "champion"]:
            self.refused("RESOURCE_CONFLICT", "draft", self.client.set_registered_model_alias, self.name, alias, "1")
        for stage in ["Staging", "Production"]:
            self.refused("RESOURCE_CONFLICT", "draft", self.client.transition_model_version_stage, self.name, "1", stage)
        for number in ["1", "2"]:
            self.assertEqual(act("ann", self.name, number, "request"), 200)
            self.assertEqual(act("rita", self.name, number, "approve"), 200)
        for alias in ["Champion", "CHAMPION", "ｃｈａｍｐｉｏｎ"]:
            self.refused("INVALID_PARAMETER_VALUE", "alias", self.client.set_registered_model_alias, self.name, alias, "1")
        self.client.set_registered_model_alias(self.name, "challenger", "2")
        self.client.set_registered_model_alias(self.name, "champion", "1")
        self.assertEqual(self.client.get_model_version_by_alias(self.name, "challenger").version, "2")
        self.assertEqual(self.client.get_registered_model(self.name).aliases, {"challenger": "2", "champion": "1"})
        self.assertEqual(self.client.get_model_version(self.name, "2").aliases, ["challenger"])
        self.client.delete_registered_model_alias(self.name, "challenger")
        self.refused("INVALID_PARAMETER_VALUE", "challenger", self.client.get_model_version_by_alias, self.name, "challenger")
        self.client.transition_model_version_stage(self.name, "1", "Production")
        self.client.transition_model_version_stage(self.name, "2", "Production", archive_existing_versions=True)
        self.assertEqual(self.client.get_model_version(self.name, "1").current_stage, "Archived")
        latest = self.client.get_latest_versions(self.name, stages=["Production"])
        self.assertEqual([version.version for version in latest], ["2"])
        self.assertEqual(self.client.get_model_version_download_uri(self.name, "1"), "s3://elsewhere/model")
        self.refused("RESOURCE_DOES_NOT_EXIST", f"Model Version (name={self.name}, version=9) not found",
                     self.client.get_model_version, self.name, "9")
        self.assertEqual(self.version().version, "3")
        self.client.delete_model_version(self.name, "3")
        self.assertEqual(self.version().version, "4", "a number is never given twice")

    def test_search(self) -> None:
        self.client.create_registered_model(self.name)
        for seed in range(3):
            self.version(tags={"seed": str(seed)})

        def found(text: str) -> list[str]:
            versions = self.client.search_model_versions(text, order_by=["version_number DESC"])
            return [version.version for version in versions]

        self.assertEqual(found(f"name = '{self.name}'"), ["3", "2", "1"])
        self.assertEqual(found(f"name = '{self.name}' AND tags.seed = '1'"), ["2"])
        self.assertEqual(found(f"name = '{self.name}' AND version_number >= 2"), ["3", "2"])
        self.assertEqual(found("run_id IN ('00000000000000000000000000000000')"), [])

    def test_roles(self) -> None:
        self.client.create_registered_model(self.name)
        self.version()
        sign_in("rob")
        self.refused("PERMISSION_DENIED", "", self.client.create_registered_model, "other")
        self.refused("PERMISSION_DENIED", "", self.client.delete_registered_model, self.name)
        self.assertEqual(self.client.search_model_versions(f"name = '{self.name}'"), [], "drafts are for authors")
        sign_in(None)
        self.refused("UNAUTHENTICATED", "", self.client.create_registered_model, "other")


def shop(catalogue: str) -> None:
    """Imports a shop that is not simulated: the first version of its model waits for a reviewer too."""
    products = [json.dumps({"id": f"p{number}", "title": f"Item {number}", "price": 100 + number}) for number in range(30)]
    events = ["shopper,product,kind,time,query,position"]
    for step in range(20):
        for user in range(60):
            item = (user * 7 + step * (1 + user % 3)) % 30
            kind = ["view", "view", "cart", "purchase"][(user + step) % 4]
            events.append(f"s{user},p{item},{kind},2026-10-{step + 1:02}T{user % 24:02}:00:00Z,,{step % 5 + 1}")
    for name, form, lines in [("products.jsonl", "products", products), ("events.csv", "events", events)]:
        (portal.folder / name).write_text("\n".join(lines) + "\n")
        portal.command("shop", "import", form, str(portal.folder / name), "--catalogue", catalogue)


def api(name: str, method: str, path: str, body: dict | None = None) -> requests.Response:
    headers = {"Authorization": f"Bearer {tokens[name]}"}
    return requests.request(method, f"{portal.url}/api/v1/{path}", json=body, headers=headers, timeout=60)


def act(name: str, model: str, version: str, what: str) -> int:
    body = {"act": what, "reason": "the figures"}
    return api(name, "POST", f"models/{model}/versions/{version}/acts", body).status_code


class Approval(Case):
    """Approval that blocks, and a round of learning by a program."""

    def test_an_unapproved_version_does_not_become_champion(self) -> None:
        shop("small")
        said = portal.command("train", "recommend", "--catalogue", "small")
        self.assertIn("recommend-small 1 (requested)", said)
        sign_in("rita")
        name = "recommend-small"
        self.refused("RESOURCE_CONFLICT", "requested", self.client.set_registered_model_alias, name, "champion", "1")
        self.refused("RESOURCE_CONFLICT", "requested", self.client.transition_model_version_stage, name, "1", "Production")
        self.assertEqual(self.client.get_registered_model(name).aliases, {})
        self.refused("RESOURCE_CONFLICT", "serves", self.client.delete_registered_model_alias, name, "champion")
        self.refused("RESOURCE_CONFLICT", "", self.client.delete_registered_model, name)
        self.assertEqual(act("rita", name, "1", "approve"), 200)
        self.client.set_registered_model_alias(name, "champion", "1")
        self.assertEqual(self.client.get_model_version_by_alias(name, "champion").version, "1")

    def test_clicks_become_a_version_that_serves(self) -> None:
        shop("round")
        name = "recommend-round"
        first = self.trained()
        self.assertEqual(self.client.get_model_version(name, "1").run_id, first)
        sign_in("rita")
        self.assertEqual(act("rita", name, "1", "approve"), 200)
        self.client.set_registered_model_alias(name, "champion", "1")
        serving = self.answering()

        clicks = [
            {"id": str(uuid.uuid4()), "shopper": "s1", "product": f"p{number}", "kind": kind}
            for number, kind in enumerate(["view", "cart", "purchase"] * 4)
        ]
        batch = {"catalogue": "round", "events": clicks}
        self.assertEqual(api("rob", "POST", "events", batch).status_code, 403, "his token has not the scope for it")
        taken = api("ann", "POST", "events", batch).json()
        self.assertEqual((taken.get("accepted"), taken.get("waiting")), (len(clicks), len(clicks)), taken)
        [sender] = [one["id"] for one in api("ada", "GET", "event-senders").json()["senders"] if one["person"] == "ann"]
        ruled = api("ada", "POST", f"event-senders/{sender}/rulings", {"ruling": "take-in", "catalogue": "round"}).json()
        self.assertEqual(ruled["events"], len(clicks), ruled)
        second = self.trained()
        run = self.client.get_run(second)
        self.assertEqual(run.data.params["catalogue"], "round")
        self.assertGreater(run.data.metrics["purchase/auc"], 0)
        self.assertEqual(run.data.metrics["events"], self.client.get_run(first).data.metrics["events"] + len(clicks))
        [version] = self.client.search_model_versions(f"run_id='{second}'")
        self.assertEqual((version.name, version.version), (name, "2"))
        self.assertEqual(self.answering(), serving, "it waits")
        self.refused("RESOURCE_CONFLICT", "requested", self.client.set_registered_model_alias, name, "champion", "2")
        self.assertEqual(act("ann", name, "2", "approve"), 403, "she asked for it")
        self.assertEqual(act("rita", name, "2", "approve"), 200)
        self.client.set_registered_model_alias(name, "champion", "2")
        self.assertNotEqual(self.answering(), serving)

    def trained(self) -> str:
        """Has the shop's model trained by a job; its run."""
        order = {"kind": "train-recommend", "params": {"catalogue": "round"}}
        job = api("ann", "POST", "jobs", order).json()
        for _ in range(600):
            job = api("ann", "GET", f"jobs/{job['id']}").json()
            if job["state"] not in ("queued", "running"):
                break
            time.sleep(0.5)
        self.assertEqual(job["state"], "succeeded", job)
        return job["run"]

    def answering(self) -> str:
        """The model that recommends."""
        body = {"catalogue": "round", "history": [{"product": "p1", "event": "view"}]}
        return api("ann", "POST", "recommendations", body).json()["model"]


if __name__ == "__main__":
    unittest.main()
