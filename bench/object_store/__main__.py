"""`python -m faceshards.bench.object_store --folder DIR [--port N]`: serves until killed; its first line is its URL."""

import argparse
import sys
from pathlib import Path

from faceshards.bench.object_store.objects import Objects
from faceshards.bench.object_store.server import Server

parser = argparse.ArgumentParser(description="An object store on this machine, for tests and measurements.")
parser.add_argument("--folder", type=Path, required=True, help="Where the objects' bytes lie; begin with an empty one.")
parser.add_argument("--port", type=int, default=0, help="0 takes a free one.")
options = parser.parse_args()
options.folder.mkdir(parents=True, exist_ok=True)
server = Server(options.port, Objects(options.folder))
sys.stdout.write(f"http://127.0.0.1:{server.server_address[1]}\n")
sys.stdout.flush()
server.serve_forever()
