#!/usr/bin/env python3
"""Lists everything of other people's that is inside Paydesk's programs, with its licence and the licence's text.

    packaging/licences.py OUT

Read are `cargo metadata` and package-lock.json, and the sources that are here already: nothing is asked of the internet. Crates
that only build or test are left out, and so are npm packages that do. Each licence text is printed once, under all that have it.
"""

import hashlib
import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAMS = ("paydesk", "cli")
TARGET = "x86_64-unknown-linux-gnu"
# How the files that hold a licence begin.
TEXT_NAMES = re.compile(r"^(licen[cs]e|copying|unlicense|notice)", re.IGNORECASE)
TEXT_BYTES_MOST = 256 * 1024


def texts_of(folder):
    """The licence texts of a package's own folder."""
    for path in sorted(folder.iterdir()):
        if path.is_file() and TEXT_NAMES.match(path.name) and path.stat().st_size <= TEXT_BYTES_MOST:
            yield path.read_text(encoding="utf-8", errors="replace").strip()


def crates():
    """(name, version, licence, folder) of each crate that is linked into a program."""
    command = ["cargo", "metadata", "--format-version", "1", "--locked", "--offline", "--filter-platform", TARGET]
    metadata = json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout)
    packages = {package["id"]: package for package in metadata["packages"]}
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    waiting = [one["id"] for one in packages.values() if one["name"] in PROGRAMS and one["source"] is None]
    seen = set()
    while waiting:
        crate = waiting.pop()
        if crate in seen:
            continue
        seen.add(crate)
        for dependency in nodes[crate]["deps"]:
            if any(kind["kind"] is None for kind in dependency["dep_kinds"]):
                waiting.append(dependency["pkg"])
    for crate in seen:
        package = packages[crate]
        if package["source"] is not None:
            licence = package["license"] or f"see {package['license_file']}"
            yield package["name"], package["version"], licence, pathlib.Path(package["manifest_path"]).parent


def npm_packages():
    """The same of each npm package that is in the page."""
    lock = json.loads((ROOT / "ui/package-lock.json").read_text(encoding="utf-8"))
    for path, package in lock["packages"].items():
        folder = ROOT / "ui" / path
        if path and not package.get("dev") and not package.get("devOptional") and folder.is_dir():
            own = json.loads((folder / "package.json").read_text(encoding="utf-8"))
            yield own["name"], own["version"], own.get("license", "unknown"), folder


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: packaging/licences.py OUT")
    found = sorted(set(crates())) + sorted(set(npm_packages()))
    unknown = [name for name, _, licence, _ in found if not licence or licence == "unknown"]
    if unknown:
        sys.exit(f"no licence is known of: {', '.join(unknown)}")
    texts = {}
    for name, version, _, folder in found:
        for text in texts_of(folder):
            key = hashlib.sha256(" ".join(text.split()).encode()).hexdigest()
            texts.setdefault(key, (text, []))[1].append(f"{name} {version}")
    lines = ["Paydesk contains the following software of other people, under these licences.", ""]
    lines += [f"{name} {version}: {licence}" for name, version, licence, _ in found]
    for text, owners in texts.values():
        lines += ["", "=" * 100, ", ".join(sorted(set(owners))), "=" * 100, "", text]
    pathlib.Path(sys.argv[1]).write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{len(found)} packages, {len(texts)} licence texts")


if __name__ == "__main__":
    main()
