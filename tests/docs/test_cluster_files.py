"""The cluster files that people copy: they are YAML, of the form that is asked for, and their commands exist."""

import json
import re
from pathlib import Path

import pytest

from tests.docs.reader import look_at

yaml = pytest.importorskip("yaml")
ROOT = Path(__file__).resolve().parents[2]
FILES = ROOT / "docs" / "cluster"


def test_the_launchers_file_is_of_rays_own_schema():
    ray, jsonschema = pytest.importorskip("ray"), pytest.importorskip("jsonschema")
    cluster = yaml.safe_load((FILES / "aws.yaml").read_text())
    schema = json.loads((Path(ray.__file__).parent / "autoscaler" / "ray-schema.json").read_text())
    jsonschema.validate(cluster, schema)
    assert cluster["head_node_type"] in cluster["available_node_types"]
    assert cluster["available_node_types"]["worker"]["max_workers"] <= cluster["max_workers"]


def test_kuberays_file_starts_the_command_on_a_cluster_of_one_image():
    job = yaml.safe_load((FILES / "kuberay.yaml").read_text())
    assert (job["apiVersion"], job["kind"]) == ("ray.io/v1", "RayJob")
    cluster = job["spec"]["rayClusterSpec"]
    groups = [cluster["headGroupSpec"], *cluster["workerGroupSpecs"]]
    pods = [group["template"]["spec"] for group in groups]
    assert len({pod["containers"][0]["image"] for pod in pods}) == 1
    for pod in pods:
        (container,), (volume,) = pod["containers"], pod["volumes"]
        assert container["volumeMounts"][0] == {"name": volume["name"], "mountPath": container["env"][0]["value"]}
        assert container["resources"]["requests"] == container["resources"]["limits"]


def test_the_command_of_kuberays_file_is_there():
    lines = re.findall(r"^\s*entrypoint: (faceshards .+)$", (FILES / "kuberay.yaml").read_text(), re.M)
    assert lines
    for line in lines:
        look_at(line)


@pytest.mark.parametrize("file", ["docs/cluster/aws.yaml", "examples/slurm/curate.sbatch"])
def test_the_options_of_ray_start_are_there(file):
    from ray.scripts.scripts import start

    known = {option for one in start.params for option in one.opts}
    given = re.findall(r"ray start (.+)", (ROOT / file).read_text())
    assert given and {word.split("=")[0] for line in given for word in line.split() if word.startswith("--")} <= known
