"""The peer of bench/match.py: Splink's default model, run in the peers' environment; prints one JSON line."""

import json
import logging
import sys
import time

import pandas as pd
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

logging.disable(logging.CRITICAL)
arguments = sys.argv[1:]
cut = arguments.index("--without")
names, without = arguments[:cut], arguments[cut + 1 :]
frames, row = [], 0
for name in names:
    frame = pd.read_csv(name, dtype=str, skipinitialspace=True).rename(columns=str.strip)
    frame = frame.drop(columns=[*without, "rec_id", "unique_id", "cluster"], errors="ignore")
    frame = frame.apply(lambda column: column.str.strip().replace("", None))
    frame["unique_id"] = range(row, row + len(frame))
    row += len(frame)
    frames.append(frame)
started = time.perf_counter()
if "date_of_birth" in frames[0]:
    for frame in frames:
        dob = frame["date_of_birth"]
        frame["date_of_birth"] = (dob.str[:4] + "-" + dob.str[4:6] + "-" + dob.str[6:]).where(dob.str.len() == 8)
    comparisons = [
        cl.NameComparison("given_name"),
        cl.NameComparison("surname"),
        cl.DateOfBirthComparison("date_of_birth", input_is_string=True, datetime_format="%Y-%m-%d"),
        cl.ExactMatch("street_number"),
        cl.LevenshteinAtThresholds("postcode", [1, 2]),
        cl.JaroWinklerAtThresholds("address_1", [0.9, 0.7]),
        cl.JaroWinklerAtThresholds("suburb", [0.9, 0.7]),
        cl.ExactMatch("state"),
    ]
    if "soc_sec_id" in frames[0]:
        comparisons.append(cl.LevenshteinAtThresholds("soc_sec_id", [1, 2]))
    blocks = [("given_name", "surname"), ("date_of_birth",), ("postcode",), ("surname", "suburb"), ("address_1",)]
    trainings = [("date_of_birth",), ("given_name", "surname"), ("postcode",)]
    if "soc_sec_id" in frames[0]:
        blocks.append(("soc_sec_id",))
else:
    comparisons = [
        cl.NameComparison("first_name"),
        cl.NameComparison("surname"),
        cl.DateOfBirthComparison("dob", input_is_string=True),
        cl.ExactMatch("city").configure(term_frequency_adjustments=True),
        cl.EmailComparison("email"),
    ]
    blocks = [("first_name", "city"), ("surname",), ("first_name",), ("dob",), ("email",)]
    trainings = [("first_name", "surname"), ("dob",), ("email",)]
settings = SettingsCreator(
    link_type="link_only" if len(frames) == 2 else "dedupe_only",
    comparisons=comparisons,
    blocking_rules_to_generate_predictions=[block_on(*block) for block in blocks],
)
try:
    linker = Linker(frames if len(frames) == 2 else frames[0], settings, db_api=DuckDBAPI())
except TypeError:
    api = DuckDBAPI()
    tables = [api.register(frame) for frame in frames]
    linker = Linker(tables if len(frames) == 2 else tables[0], settings)
rules = [block_on(*block) for block in blocks[:2]]
linker.training.estimate_probability_two_random_records_match(rules, recall=0.7)
linker.training.estimate_u_using_random_sampling(max_pairs=1e6)
for training in trainings:
    linker.training.estimate_parameters_using_expectation_maximisation(block_on(*training))
pairs = linker.inference.predict(threshold_match_probability=0.5).as_pandas_dataframe()
print(
    json.dumps(
        {
            "seconds": time.perf_counter() - started,
            "left": pairs["unique_id_l"].astype(int).tolist(),
            "right": pairs["unique_id_r"].astype(int).tolist(),
        }
    )
)
