"""The official huggingface_hub client against this server: list, info, tree, download, snapshot, cards, upload, commit, large files."""

import hashlib
import json
import os
import struct
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] = "1"
os.environ["HF_HOME"] = tempfile.mkdtemp(prefix="alluvium-hub-")

import requests
from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi, ModelCard
from huggingface_hub.errors import EntryNotFoundError, HfHubHTTPError, RepositoryNotFoundError, RevisionNotFoundError

from portal import PASSWORD, Portal

portal: Portal
tokens: dict[str, str] = {}

CARD = """---
license: apache-2.0
library_name: alluvium
language:
- zh
tags:
- ranking
unknown_key: kept
model-index:
- name: demo
  results:
  - task:
      type: ranking
    dataset:
      type: demo
      name: Demo
    metrics:
    - type: auc
      value: 0.7
---
# Demo

## Use
Ranks products.
"""


def setUpModule() -> None:
    global portal
    portal = Portal(ALLUVIUM_UPLOAD_LIMIT_MB="40")
    for name, role in [("ann", "author"), ("rita", "reviewer"), ("rob", "reader")]:
        tokens[name] = portal.person(name, role)


def tearDownModule() -> None:
    messages = portal.messages()
    portal.stop()
    for word in ["panicked", "ERROR", PASSWORD, *tokens.values()]:
        assert word not in messages, f"the server's log holds {word!r}:\n{messages}"


def weights(count: int) -> bytes:
    header = json.dumps({"w": {"dtype": "F32", "shape": [count], "data_offsets": [0, 4 * count]}}).encode()
    return struct.pack("<Q", len(header)) + header + b"\1\2\3\4" * count


class Case(unittest.TestCase):
    def setUp(self) -> None:
        self.api = HfApi(endpoint=portal.url, token=tokens["ann"])
        self.name = "ann/" + self.id().split(".")[-1]
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))

    def download(self, path: str, **named) -> bytes:
        return Path(self.api.hf_hub_download(self.name, path, cache_dir=self.folder, **named)).read_bytes()

    def test_who_am_i(self) -> None:
        self.assertEqual(self.api.whoami()["name"], "ann")
        with self.assertRaises(HfHubHTTPError):
            HfApi(endpoint=portal.url, token=False).whoami(token="alv_wrong")

    def test_a_repository_from_creation_to_snapshot(self) -> None:
        url = self.api.create_repo(self.name)
        self.assertEqual(url.repo_id, self.name)
        with self.assertRaises(HfHubHTTPError):
            self.api.create_repo(self.name)
        self.assertEqual(self.api.create_repo(self.name, exist_ok=True).repo_id, self.name)
        self.assertEqual(self.api.list_repo_files(self.name), [])

        first = self.api.upload_file(path_or_fileobj=CARD.encode(), path_in_repo="README.md", repo_id=self.name,
                                     commit_message="Add the card")
        big, small = weights(3_000_000), weights(5)
        second = self.api.create_commit(self.name, [
            CommitOperationAdd("model.safetensors", big),
            CommitOperationAdd("1_Pooling/config.json", b"{}"),
            CommitOperationAdd("small.safetensors", small),
        ], commit_message="Add weights")
        self.assertNotEqual(first.oid, second.oid)

        info = self.api.model_info(self.name, files_metadata=True)
        self.assertEqual(info.sha, second.oid)
        self.assertEqual(info.card_data.to_dict()["unknown_key"], "kept")
        self.assertEqual(info.card_data.license, "apache-2.0")
        self.assertIn("ranking", info.tags)
        sizes = {file.rfilename: file.size for file in info.siblings}
        self.assertEqual(sizes["model.safetensors"], len(big))
        files = ["1_Pooling/config.json", "README.md", "model.safetensors", "small.safetensors"]
        self.assertEqual(sorted(self.api.list_repo_files(self.name)), files)
        self.assertEqual(self.api.list_repo_files(self.name, revision=first.oid), ["README.md"])
        top = {item.path for item in self.api.list_repo_tree(self.name)}
        self.assertEqual(top, {"1_Pooling", "README.md", "model.safetensors", "small.safetensors"})
        below = [item.path for item in self.api.list_repo_tree(self.name, "1_Pooling")]
        self.assertEqual(below, ["1_Pooling/config.json"])

        self.assertEqual(self.download("model.safetensors"), big)
        self.assertEqual(self.download("small.safetensors", revision="v2"), small)
        self.assertEqual(self.download("README.md", revision="1"), CARD.encode())
        self.assertTrue(self.api.file_exists(self.name, "README.md"))
        self.assertFalse(self.api.file_exists(self.name, "none"))
        with self.assertRaises(EntryNotFoundError):
            self.download("none")
        with self.assertRaises(RevisionNotFoundError):
            self.download("README.md", revision="nowhere")
        with self.assertRaises(RepositoryNotFoundError):
            self.api.model_info("ann/nothing")

        snapshot = Path(self.api.snapshot_download(self.name, cache_dir=self.folder / "snapshot"))
        self.assertEqual(sorted(str(p.relative_to(snapshot)) for p in snapshot.rglob("*") if p.is_file()), files)
        self.assertEqual((snapshot / "model.safetensors").read_bytes(), big)

        titles = [(commit.commit_id, commit.title) for commit in self.api.list_repo_commits(self.name)]
        self.assertEqual(titles, [(second.oid, "Add weights"), (first.oid, "Add the card")])
        refs = self.api.list_repo_refs(self.name)
        self.assertEqual([(ref.name, ref.target_commit) for ref in refs.branches], [("main", second.oid)])
        paths = self.api.get_paths_info(self.name, ["README.md", "1_Pooling", "none"])
        self.assertEqual([path.path for path in paths], ["README.md", "1_Pooling"])

        third = self.api.create_commit(self.name, [CommitOperationDelete("1_Pooling/", is_folder=True)],
                                       commit_message="Remove a folder")
        self.assertNotIn("1_Pooling/config.json", self.api.list_repo_files(self.name))
        self.assertIn("1_Pooling/config.json", self.api.list_repo_files(self.name, revision=second.oid))
        with self.assertRaises(HfHubHTTPError):
            self.api.create_commit(self.name, [CommitOperationAdd("x", b"x")], commit_message="x", parent_commit=first.oid)
        self.assertEqual(self.api.model_info(self.name).sha, third.oid)
        self.assertIn(self.name, [model.id for model in self.api.list_models(search="snapshot")])

    def test_cards_are_lossless_and_checked(self) -> None:
        self.api.create_repo(self.name)
        self.api.upload_file(path_or_fileobj=CARD.encode(), path_in_repo="README.md", repo_id=self.name)
        os.environ["HF_ENDPOINT"] = portal.url
        card = ModelCard(self.download("README.md").decode())
        self.assertEqual(card.data.eval_results[0].metric_value, 0.7)
        self.assertEqual(card.data.to_dict()["unknown_key"], "kept")
        with self.assertRaises(ValueError):
            self.api.upload_file(path_or_fileobj=b"---\nlicense: [\n---\n", path_in_repo="README.md", repo_id=self.name)
        self.assertEqual(self.download("README.md", force_download=True), CARD.encode())

    def test_hostile_files_are_refused_with_the_reason(self) -> None:
        self.api.create_repo(self.name)
        good = weights(10)
        for path, content, reason in [
            ("model.safetensors", good[:-1], "the data at byte 39"),
            ("model.safetensors", b"\xff" * 64, "header is said to have"),
            ("model.safetensors", b"PK\x03\x04" + b"\0" * 60, "zip"),
            ("model.safetensors", b"\x80\x04\x95" + b"\x7f" * 60, "pickle"),
            ("pytorch_model.bin", b"PK\x03\x04" + b"\0" * 60, "pickle"),
            ("weights", b"\x80\x04\x95" + b"\0" * 60, "pickle"),
        ]:
            with self.assertRaises(HfHubHTTPError, msg=path) as caught:
                self.api.upload_file(path_or_fileobj=content, path_in_repo=path, repo_id=self.name)
            self.assertIn(reason, str(caught.exception))
        self.assertEqual(self.api.list_repo_files(self.name), [])

    def test_roles_and_ranges(self) -> None:
        self.api.create_repo(self.name)
        self.api.upload_file(path_or_fileobj=b"0123456789", path_in_repo="digits", repo_id=self.name)
        reader = HfApi(endpoint=portal.url, token=tokens["rob"])
        with self.assertRaises(HfHubHTTPError):
            reader.create_repo("rob/model")
        with self.assertRaises(HfHubHTTPError):
            reader.upload_file(path_or_fileobj=b"x", path_in_repo="x", repo_id=self.name)
        with self.assertRaises(RepositoryNotFoundError, msg="drafts are for authors"):
            reader.list_repo_files(self.name)
        url = f"{portal.url}/{self.name}/resolve/main/digits"
        self.assertEqual(requests.get(url).status_code, 404)
        headers = {"Authorization": f"Bearer {tokens['ann']}"}
        part = requests.get(url, headers={**headers, "Range": "bytes=2-4"})
        self.assertEqual((part.status_code, part.text, part.headers["content-range"]), (206, "234", "bytes 2-4/10"))
        head = requests.head(url, headers=headers)
        self.assertEqual((head.headers["content-length"], head.headers["accept-ranges"]), ("10", "bytes"))
        self.assertRegex(head.headers["x-repo-commit"], "^[0-9a-f]{40}$")
        self.assertEqual(requests.get(url, headers={**headers, "Range": "bytes=10-"}).status_code, 416)

    def test_large_files_go_before_the_commit(self) -> None:
        self.api.create_repo(self.name)
        content = weights(9_000_000)
        (self.folder / "model.safetensors").write_bytes(content)
        script = (
            "import sys; from huggingface_hub import HfApi;"
            "HfApi(endpoint=sys.argv[1], token=sys.argv[2]).upload_file("
            "path_or_fileobj=sys.argv[4], path_in_repo='model.safetensors', repo_id=sys.argv[3])"
        )
        arguments = [portal.url, tokens["ann"], self.name, str(self.folder / "model.safetensors")]
        # Its default way is a store of chunks that only its makers' hub has.
        environment = {**os.environ, "HF_HUB_DISABLE_XET": "1"}
        subprocess.run([sys.executable, "-c", script, *arguments], env=environment, check=True, capture_output=True)
        self.assertEqual(self.download("model.safetensors"), content)

    def test_main_is_the_newest_approved_version(self) -> None:
        self.api.create_repo(self.name)
        card = CARD + "".join(f"## {name}\n\nText.\n\n" for name in [
            "Intended use", "Limits", "Training data", "Evaluation", "Explanation checks", "Fairness", "Privacy"])
        for content in [b"one", b"two"]:
            self.api.create_commit(self.name, [CommitOperationAdd("n", content), CommitOperationAdd("README.md", card.encode())],
                                   commit_message="A version")
        nobody = HfApi(endpoint=portal.url, token=False)
        for call in [nobody.model_info, nobody.list_repo_files, nobody.list_repo_refs]:
            with self.assertRaises(RepositoryNotFoundError):
                call(self.name)
        with self.assertRaises(RepositoryNotFoundError):
            nobody.snapshot_download(self.name, cache_dir=self.folder / "nobody")
        for name, what in [("ann", "request"), ("rita", "approve")]:
            answer = requests.post(f"{portal.url}/api/v1/models/{self.name.replace('/', '%2F')}/versions/1/acts",
                                   json={"act": what}, headers={"Authorization": f"Bearer {tokens[name]}"})
            self.assertEqual(answer.status_code, 200, answer.text)
        for api in [nobody, self.api]:
            for revision in [None, "main", "refs/heads/main", "v1"]:
                self.assertEqual(sorted(api.list_repo_files(self.name, revision=revision)), ["README.md", "n"])
                path = api.hf_hub_download(self.name, "n", revision=revision, cache_dir=self.folder / str(api.token))
                self.assertEqual(Path(path).read_bytes(), b"one")
            with self.assertRaises(RevisionNotFoundError):
                api.list_repo_files(self.name, revision="feature/foo")
        self.assertEqual(self.download("n", revision="draft-2"), b"two")
        with self.assertRaises(RevisionNotFoundError):
            nobody.model_info(self.name, revision="draft-2")
        refs = self.api.list_repo_refs(self.name)
        self.assertEqual([branch.name for branch in refs.branches], ["main"])
        self.assertIn("draft-2", [tag.name for tag in refs.tags])

    def test_an_empty_repository_and_other_kinds_of_them(self) -> None:
        self.api.create_repo(self.name)
        self.assertEqual(self.api.list_repo_files(self.name), [])
        folder = Path(self.api.snapshot_download(self.name, cache_dir=self.folder / "empty"))
        self.assertEqual(list(folder.rglob("*")), [])
        for kind in ["dataset", "space"]:
            self.assertFalse(self.api.repo_exists(self.name, repo_type=kind))
            with self.assertRaises(HfHubHTTPError):
                self.api.create_repo("ann/other", repo_type=kind, space_sdk="static" if kind == "space" else None)
            with self.assertRaises(RepositoryNotFoundError):
                self.api.hf_hub_download(self.name, "README.md", repo_type=kind, cache_dir=self.folder)
        with self.assertRaises(RepositoryNotFoundError):
            self.api.dataset_info(self.name)

    def test_what_is_not_supported_is_refused_by_name(self) -> None:
        for named in [{"private": True}, {"visibility": "private"}]:
            with self.assertRaises(HfHubHTTPError) as caught:
                self.api.create_repo("ann/hidden", **named)
            self.assertRegex(str(caught.exception), "private|visibility")
        self.assertFalse(self.api.repo_exists("ann/hidden"))
        self.api.create_repo("ann/open", private=False)
        for word in ["tree", "commit", "refs", "revision", "settings", "commits", "preupload", "paths-info", "resolve", "info", "Tree"]:
            with self.assertRaises(HfHubHTTPError, msg=word) as caught:
                self.api.create_repo(f"ann/{word}")
            self.assertIn("word of the hub", str(caught.exception))
        for named in [{"sort": "downloads"}, {"inference": "warm"}, {"expand": ["safetensors"]}, {"fetch_config": True}]:
            with self.assertRaises(HfHubHTTPError, msg=str(named)) as caught:
                list(self.api.list_models(**named))
            self.assertIn("parameter", str(caught.exception))
        list(self.api.list_models(sort="last_modified", full=True, cardData=True, expand=None))
        self.api.upload_file(path_or_fileobj=b"x", path_in_repo="x", repo_id="ann/open")
        self.api.model_info("ann/open", expand=["sha", "siblings"])
        with self.assertRaises(HfHubHTTPError):
            self.api.model_info("ann/open", securityStatus=True)

    def test_an_upload_address_takes_only_its_file(self) -> None:
        self.api.create_repo(self.name)
        content = weights(4)
        digest = hashlib.sha256(content).hexdigest()
        batch = requests.post(
            f"{portal.url}/{self.name}.git/info/lfs/objects/batch",
            headers={"Authorization": f"Bearer {tokens['ann']}"},
            json={"operation": "upload", "objects": [{"oid": digest, "size": len(content)}]},
        ).json()
        href = batch["objects"][0]["actions"]["upload"]["href"]
        self.assertEqual(requests.put(href, data=content[:-1] + b"x").status_code, 400)
        self.assertEqual(requests.put(href, data=content + b"x").status_code, 400)
        self.assertEqual(requests.put(href.split("=")[0] + "=wrong", data=content).status_code, 403)
        self.assertEqual(requests.put(href, data=content).status_code, 200)


if __name__ == "__main__":
    unittest.main()
