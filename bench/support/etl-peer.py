"""The other side of bench/etl.ts: `etl-peer.py pandas|polars <folder>`. Prints JSON."""
import json
import resource
import sys
import time

which, folder = sys.argv[1:3]
if which == "pandas":
    import pandas as pd
else:
    import polars as pl

start, began = time.perf_counter(), time.process_time()
if which == "pandas":
    sales = pd.read_csv(f"{folder}/sales.csv", parse_dates=["day"])
    shops = pd.read_csv(f"{folder}/shops.csv")
    read = time.perf_counter() - start
    data = sales.merge(shops, on="shop_id", how="left")
    data["amount"] = data["amount"].fillna(data["amount"].mean())
    data["units"] = data["units"].fillna(data["units"].median())
    data["kind"] = data["kind"].fillna(data["kind"].mode().iloc[0])
    data = data.sort_values(["shop_id", "day"], kind="stable")
    amounts = data.groupby("shop_id")["amount"]
    data["amount_1"] = amounts.shift(1)
    data["amount_7"] = data.groupby("shop_id")["amount_1"].rolling(7).mean().reset_index(level=0, drop=True)
    data = data.sort_index()
    data.to_parquet(f"{folder}/{which}.parquet", compression="snappy")
else:
    sales = pl.scan_csv(f"{folder}/sales.csv", try_parse_dates=True)
    shops = pl.scan_csv(f"{folder}/shops.csv")
    read = 0.0
    data = (
        sales.with_row_index("row")
        .join(shops, on="shop_id", how="left")
        .with_columns(
            pl.col("amount").fill_null(pl.col("amount").mean()),
            pl.col("units").fill_null(pl.col("units").median()),
            pl.col("kind").fill_null(pl.col("kind").drop_nulls().mode().sort().first()),
        )
        .sort(["shop_id", "day", "row"])
        .with_columns(pl.col("amount").shift(1).over("shop_id").alias("amount_1"))
        .with_columns(pl.col("amount_1").rolling_mean(7).over("shop_id").alias("amount_7"))
        .sort("row")
        .drop("row")
        .collect()
    )
    data.write_parquet(f"{folder}/{which}.parquet", compression="snappy")
seconds, cpu = time.perf_counter() - start, time.process_time() - began
print(
    json.dumps(
        {
            "seconds": seconds,
            "cpu": cpu,
            "steps": {"read": read},
            "maxRss": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            "rows": len(data),
            "check": {
                "rows": len(data),
                "amount": float(data["amount"].sum()),
                "units": float(data["units"].sum()),
                "lag": float(data["amount_1"].sum()),
                "rolling": float(data["amount_7"].sum()),
                "placed": float((data["amount_7"] * data["id"]).sum()),
                "fresh": int((data["kind"] == "fresh").sum()),
            },
        }
    )
)
