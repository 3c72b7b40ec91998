#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""The house, read from its folders, includes and objects.

    layers.py BUILD            prints it: folders, their rooms (the files) by
                               floor, the arrows between folders
    layers.py BUILD symbols    prints FILE KIND SYMBOL for each symbol that a
                               file defines (T D B R ...) or needs (U)
    layers.py BUILD members    prints MEMBER: FILE... for each member of struct
                               session and the files that use it; fails where
                               that is one alone

BUILD is the folder of a meson build of the tree in the current folder. A room
is a file without its .c or .h; an arrow goes from a room to one that it
includes or calls. It fails where an arrow goes up: between folders, if FOLDERS
below does not have it; within a folder, if it closes a circle.
"""
import json
import os
import re
import subprocess
import sys

# Which folders a folder may look into, from the top down.
FOLDERS = {
    "session": ["maildrop", "protocol", "os", "pure"],
    "maildrop": ["os", "pure"],
    "protocol": ["os", "pure"],
    "accept": ["os", "pure"],
    "tls": ["os", "pure"],
    "backends": ["kit", "os", "pure"],
    "kit": ["os", "pure"],
    "examples": [],
    "os": ["pure"],
    "pure": [],
}


def room(path):
    """session/retr for src/session/retr.c."""
    return re.sub(r"\.[ch]$", "", path.removeprefix("src/"))


def folder(name):
    """The key in FOLDERS of a room: each backend is a folder of one kind."""
    parts = name.split("/")
    if parts[0] == "backends":
        return "kit" if parts[1] == "kit" else "backends"
    return parts[0]


def house(name):
    """The folder itself: backends/maildir for backends/maildir/users."""
    return name.rsplit("/", 1)[0]


def sources():
    found = []
    for path, _, names in os.walk("src"):
        found += [os.path.join(path, n) for n in names if n.endswith((".c", ".h"))]
    return sorted(found)


def included():
    for path in sources():
        with open(path, encoding="utf-8") as file:
            for line in file:
                match = re.match(r'#include "(.*)"', line)
                if match:
                    yield room(path), room(match.group(1))


def symbols(build):
    """{target: {source: [(kind, symbol)]}}; sanitizers' own left out."""
    with open(os.path.join(build, "compile_commands.json"), encoding="utf-8") as file:
        commands = json.load(file)
    top = os.path.realpath(".")
    objects = {}
    for entry in commands:
        path = os.path.realpath(os.path.join(entry["directory"], entry["file"]))
        path = os.path.relpath(path, top)
        obj = os.path.join(entry["directory"], entry["output"])
        if path.startswith("src/") and os.path.exists(obj):
            objects[obj] = os.path.dirname(entry["output"]), path
    targets = {}
    for target, path in objects.values():
        targets.setdefault(target, {})[path] = []
    # Each line has its file in front.
    for line in subprocess.run(["nm", "-A", *objects], check=True, text=True,
                               stdout=subprocess.PIPE).stdout.splitlines() \
            if objects else []:
        obj, line = line.split(":", 1)
        kind, name = line.split()[-2:]
        if re.search(r"asan|ubsan|^_GLOBAL_OFFSET|^__stack_chk", name):
            continue
        if kind == "U":
            # Fortified variants and large-file names stand for the call.
            name = re.sub(r"^__|_chk$|^__isoc99_|64$", "", name)
        target, path = objects[obj]
        targets[target][path].append((kind, name))
    return targets


def called(targets):
    def homes(some):
        return {name: path for path, names in some.items()
                for kind, name in names if kind in "TDBR"}

    libraries = {}
    for target, files in targets.items():
        if re.search(r"/lib[^/]*\.a\.p$", target):
            libraries.update(homes(files))
    for files in targets.values():
        own = {**libraries, **homes(files)}
        for path, names in files.items():
            for kind, name in names:
                if kind == "U" and name in own and own[name] != path:
                    yield room(path), room(own[name])


def floors(rooms, arrows):
    """{room: floor}, 0 the lowest; a room in a circle has none."""
    result = {}
    left = set(rooms)
    while left:
        ready = [r for r in left
                 if not any(a == r and b in left for a, b in arrows)]
        if not ready:
            break
        for r in ready:
            result[r] = max((result[b] + 1 for a, b in arrows
                             if a == r and b in result), default=0)
        left -= set(ready)
    return result


def members():
    """{member of struct session: the files that use it}."""
    with open("src/session/session.h", encoding="utf-8") as file:
        text = re.sub(r"/\*.*?\*/", "", file.read(), flags=re.S)
    body = re.search(r"\nstruct session \{\n(.*?)\n\};", text, re.S).group(1)
    found = {}
    for declared in body.split(";"):
        function = re.search(r"\(\*(\w+)\)\(", declared)
        names = [function.group(1)] if function else \
            re.findall(r"(\w+)(?:\[\w+\])?\s*(?:,|$)", declared.strip())
        found.update({name: set() for name in names})
    for path in sources():
        with open(path, encoding="utf-8") as file:
            text = file.read()
        # A session goes by one of two names everywhere, or none is counted.
        for name in re.findall(r"struct session \*(?:const )?(\w+)", text):
            if name not in ("s", "session"):
                found[f"{path} calls a session {name}"] = set()
        if path.startswith("src/session/"):
            for name in re.findall(r"\b(?:s|session)->(\w+)", text):
                if name in found:
                    found[name].add(room(path).rsplit("/", 1)[1])
    return found


def print_members():
    found = members()
    for name, files in found.items():
        print(f"{name}: {' '.join(sorted(files))}")
    alone = [name for name, files in found.items() if len(files) < 2]
    print(f"{len(found)} members, {len(alone)} of one file alone")
    for name in alone:
        print(f"{name} is of one file alone")
    return 1 if alone or len(found) < 10 else 0


def main():
    build = sys.argv[1]
    if sys.argv[2:] == ["members"]:
        return print_members()
    targets = symbols(build)
    if sys.argv[2:] == ["symbols"]:
        for files in targets.values():
            for path, names in files.items():
                for kind, name in names:
                    print(path.removeprefix("src/"), kind, name)
        return 0

    rooms = sorted({room(path) for path in sources()})
    arrows = {(a, b) for a, b in [*included(), *called(targets)] if a != b}
    wrong = []
    for a, b in sorted(arrows):
        inside = house(a) == house(b)
        if b not in rooms:
            wrong.append(f"{a} includes {b}, which is not there")
        elif folder(a) not in FOLDERS:
            wrong.append(f"{house(a)} is no folder of the plan")
        elif not inside and folder(b) not in FOLDERS[folder(a)]:
            wrong.append(f"{a} -> {b} goes up: from {house(a)} one looks into "
                         f"{' '.join(FOLDERS[folder(a)]) or 'nothing'} alone")
    between = {}
    for a, b in arrows:
        if house(a) != house(b):
            between[house(a), house(b)] = between.get((house(a), house(b)), 0) + 1
    names = sorted({house(r) for r in rooms},
                   key=lambda h: (list(FOLDERS).index(folder(h + "/"))
                                  if folder(h + "/") in FOLDERS else 99, h))
    for name in names:
        own = [r for r in rooms if house(r) == name]
        inner = [(a, b) for a, b in arrows if a in own and b in own]
        floor = floors(own, inner)
        rows = max(floor.values(), default=-1) + 1
        print(f"{name}/ {len(own)} rooms, {rows} rows, {len(inner)} arrows within")
        for row in range(rows - 1, -1, -1):
            print("   ", " ".join(r.rsplit("/", 1)[1] for r in own
                                  if floor.get(r) == row))
        circle = [r for r in own if r not in floor]
        if circle:
            wrong.append(f"a circle in {name}: " + ", ".join(
                f"{a} -> {b}" for a, b in sorted(inner)
                if a in circle and b in circle))
        for (a, b), count in sorted(between.items()):
            if a == name:
                print(f"    -> {b}/ {count}")
    print(f"{len(names)} folders, {len(rooms)} rooms, {len(arrows)} arrows, "
          f"{len(wrong)} that go up")
    for line in wrong:
        print(line)
    return 1 if wrong or len(arrows) < 100 else 0


if __name__ == "__main__":
    sys.exit(main())
