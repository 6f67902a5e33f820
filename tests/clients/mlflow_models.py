"""The full MLflow client against this server: a scikit-learn model logged, registered, and loaded again by every kind of address."""

import os
import unittest
import warnings

os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
os.environ["MLFLOW_HTTP_REQUEST_MAX_RETRIES"] = "2"
os.environ["MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR"] = "false"
warnings.filterwarnings("ignore")

import mlflow
import numpy
import requests
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from sklearn.linear_model import LogisticRegression

from portal import Portal

portal: Portal
tokens: dict[str, str] = {}


def act(token: str, model: str, version: str, what: str) -> None:
    answer = requests.post(f"{portal.url}/api/v1/models/{model}/versions/{version}/acts", json={"act": what},
                           headers={"Authorization": f"Bearer {token}"}, timeout=60)
    assert answer.status_code == 200, answer.text


def setUpModule() -> None:
    global portal
    portal = Portal()
    os.environ["MLFLOW_TRACKING_TOKEN"] = portal.person("ann", "author")
    tokens["rita"] = portal.person("rita", "reviewer")
    mlflow.set_tracking_uri(portal.url)


def tearDownModule() -> None:
    os.environ.pop("MLFLOW_TRACKING_TOKEN", None)
    portal.stop()


class Models(unittest.TestCase):
    def test_a_logged_model_is_loaded_by_every_address(self) -> None:
        inputs = numpy.random.RandomState(0).rand(200, 4)
        model = LogisticRegression().fit(inputs, (inputs.sum(1) > 2).astype(int))
        expected = model.predict(inputs)
        mlflow.set_experiment("logistic regression")
        with mlflow.start_run() as run:
            mlflow.log_metric("auc", 0.9, step=1)
            info = mlflow.sklearn.log_model(
                model, name="model", input_example=inputs[:3], registered_model_name="logistic"
            )
        client = MlflowClient()
        client.update_model_version("logistic", "1", "A logistic regression of four numbers")
        act(os.environ["MLFLOW_TRACKING_TOKEN"], "logistic", "1", "request")
        act(tokens["rita"], "logistic", "1", "approve")
        client.set_registered_model_alias("logistic", "candidate", "1")
        for uri in [info.model_uri, "models:/logistic/1", "models:/logistic@candidate"]:
            with self.subTest(uri):
                self.assertTrue((mlflow.sklearn.load_model(uri).predict(inputs) == expected).all())
                self.assertTrue((mlflow.pyfunc.load_model(uri).predict(inputs) == expected).all())
        version = client.get_model_version_by_alias("logistic", "candidate")
        self.assertEqual((version.version, version.run_id), ("1", run.info.run_id))
        logged = mlflow.search_logged_models(experiment_ids=[run.info.experiment_id], output_format="list")
        self.assertEqual([(one.name, one.source_run_id) for one in logged], [("model", run.info.run_id)])

    def test_a_pickle_is_logged_and_not_registered(self) -> None:
        inputs = numpy.random.RandomState(0).rand(20, 2)
        model = LogisticRegression().fit(inputs, (inputs.sum(1) > 1).astype(int))
        mlflow.set_experiment("pickles")
        for form in ["pickle", "cloudpickle"]:
            with mlflow.start_run():
                info = mlflow.sklearn.log_model(model, name="model", serialization_format=form)
            with self.assertRaises(MlflowException) as caught:
                mlflow.register_model(info.model_uri, "pickled", await_registration_for=0)
            self.assertIn("pickle", caught.exception.message)
        self.assertEqual(MlflowClient().search_model_versions("name = 'pickled'"), [])


if __name__ == "__main__":
    unittest.main()
