"""moto server, as strict and as slow as AWS where moto is kinder.

Comes in: an address to listen on and a pace. Goes out: a moto server whose EC2, S3 and CloudWatch refuse and delay as
AWS does; `/_strict` tells and changes the pace. Never: another version of moto; this patches moto's inside.
"""

import argparse
import importlib.metadata
import logging
import os
import sys

MOTO = "5.2.5"

# Read by moto when it is imported: unknown instance types and AMIs are refused.
os.environ.update(MOTO_EC2_ENABLE_INSTANCE_TYPE_VALIDATION="1", MOTO_ENABLE_AMI_VALIDATION="1")


def require_moto() -> None:
    """Ends the program unless the moto that is installed is the one these patches were written for."""
    try:
        found = importlib.metadata.version("moto")
    except importlib.metadata.PackageNotFoundError:
        sys.exit(f"strict_moto: moto is not installed for {sys.executable}; it needs moto[server]=={MOTO}")
    if found != MOTO:
        sys.exit(
            f"strict_moto: moto {found} is installed, and the patches are for {MOTO}: "
            f"install moto[server]=={MOTO}, or go through strict/ with the new moto and change MOTO"
        )


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("-H", "--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("-p", "--port", type=int, default=5000, help="port to listen on")
    parser.add_argument("--scale", type=float, default=0.02, help="seconds here for one second of AWS")
    parser.add_argument("--with-parent", action="store_true", help="end when standard input closes")
    parser.add_argument("--verbose", action="store_true", help="a line for every request")
    return parser.parse_args()


def main() -> None:
    require_moto()
    given = arguments()
    # After the check and the environment: importing them imports moto.
    from strict import alarms, buckets, databases, groups, instances, server, services, tables, topics, users
    from strict.pace import PACE

    PACE.change({"scale": given.scale})
    for part in (instances, buckets, alarms, services, topics, tables, users, databases, groups):
        part.patch()
    if not given.verbose:
        logging.getLogger("werkzeug").setLevel(logging.WARNING)
    if given.with_parent:
        server.end_with_parent()
    server.serve(given.host, given.port)


if __name__ == "__main__":
    main()
