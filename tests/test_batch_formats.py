"""What a batch leaves is read by other programs, and says what it is."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from batch_inputs import write_results

from infodiff_widgets import Gallery, batch, scenes
from infodiff_widgets.batching.folder import FORMAT, READS
from infodiff_widgets.batching.part import Part
from infodiff_widgets.errors import BatchError, ResultFileError

# What somebody writes who has never heard of this package: it cannot be imported there.
READER = """
import json, sys
sys.modules["infodiff_widgets"] = None
import duckdb, numpy as np, pandas as pd, xarray as xr

out = sys.argv[1]
words = pd.read_parquet(f"{out}/words.parquet")
store = xr.open_zarr(f"{out}/maps.zarr", group=pd.read_parquet(f"{out}/pictures.parquet")["grid"][0])
own = words[(words["quantity"] == "cmi") & (words["form"] == "standard")]
maps = store["cmi_standard"]
sums = maps.astype("float64").sum(("y", "x")).values[own["map"]]
np.testing.assert_allclose(sums, own["nats"], rtol=2e-3, atol=0.01)
assert set(store.coords) == {"row", "start", "stop"}
for name in store.coords:
    assert (store[name].values[own["map"]] == own[name]).all(), name
rows = duckdb.read_parquet(f"{out}/words.parquet")
((count, mean),) = duckdb.sql(
    "SELECT count(*), avg(nats) FROM rows WHERE quantity = 'cmi' AND form = 'standard'"
).fetchall()
assert count == len(own) and abs(mean - own["nats"].mean()) < 1e-9
asked = "SELECT key, value FROM parquet_kv_metadata(?)"
metadata = dict(duckdb.execute(asked, [f"{out}/words.parquet"]).fetchall())
metadata = {bytes(key).decode(): bytes(value).decode() for key, value in metadata.items()}
assert json.loads(metadata["infodiff_batch"]) == store.attrs["infodiff_batch"]
print(json.dumps({**store.attrs, "units": maps.attrs["units"], "long_name": maps.attrs["long_name"]}))
"""


def test_pandas_xarray_and_duckdb_read_it_without_the_package(tmp_path):
    for name, scene in zip("ab", scenes.sample(seed=3), strict=False):
        scenes.picture(scene).save(tmp_path / f"{name}.png")
        (tmp_path / f"{name}.txt").write_text(scene.caption)
    out = tmp_path / "out"
    batch("scenes", tmp_path, out, draws=4, quantities="cmi", progress=False)
    done = subprocess.run(
        [sys.executable, "-c", READER, str(out)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["units"] == "nat per latent cell"
    assert said["long_name"] == "conditional mutual information, standard form"
    assert said["infodiff_format"] == FORMAT
    provenance = said["infodiff_batch"]
    assert provenance["options"] == {"bands": None, "draws": 4, "quantities": "cmi"}
    assert provenance["identity"] == json.loads((out / "settled.json").read_text())["identity"]
    assert {"torch", "infodiff-widgets"} <= set(provenance["versions"])
    assert pq.read_schema(out / "errors.parquet").metadata[b"infodiff_format"] == str(FORMAT).encode()


@pytest.mark.parametrize("other", [max(READS) + 1, None])
def test_other_formats_are_refused_with_those_that_are_read(tmp_path, other):
    out = write_results(tmp_path / "out", 1)
    manifest = json.loads((out / "batch.json").read_text())
    (out / "batch.json").write_text(json.dumps({**manifest, "format": other}))
    with pytest.raises(BatchError, match=rf"has format {other}, and this infodiff-widgets reads 1: update"):
        Gallery(out)
    assert FORMAT in READS


def test_a_part_of_another_version_is_refused(tmp_path, monkeypatch):
    out = write_results(tmp_path / "out", 1)
    (path,) = Path(out).glob("parts/*/*.safetensors")
    part = Part.open(path)
    monkeypatch.setattr("infodiff_widgets.batching.part._VERSION", "2")
    part.save(path)
    monkeypatch.undo()
    with pytest.raises(ResultFileError, match=r"has version 2, and this infodiff-widgets reads 1"):
        Part.open(path)
