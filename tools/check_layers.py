#!/usr/bin/env python3
"""Checks the rules of docs/architecture.md that a compiler does not: layers, homes of libraries, lists of sources and tests, length of files.

The layer table is read from the fovea_layer(... DEPENDS ...) calls of fovea/*/CMakeLists.txt. Prints one line per finding; exit code 1 when there is one.
"""
import argparse
import fnmatch
import pathlib
import re
import sys

MAX_LINES = 400

# A third-party header (the beginning of its path) -> the files that may include it, as shell patterns of their path.
HOMES = {
    "torch/types.h": ["fovea/tensor/tensor.h"],
    "torch/": ["fovea/tensor/*", "fovea/kernels/*", "tests/kernels/*"],
    "ATen/": ["fovea/*/*.cpp", "tests/*", "bench/*"],  # operations by name; only in layers above tensor, see below
    "c10/": ["fovea/tensor/*", "fovea/kernels/*"],
    "hwy/": ["fovea/kernels/*_simd.cpp", "fovea/image/resample*.cpp", "fovea/image/colour.cpp"],
    "jpeglib.h": ["fovea/image/jpeg*"],
    "jerror.h": ["fovea/image/jpeg*"],
    "spng.h": ["fovea/image/png*"],
    "simdjson.h": ["fovea/io/coco_json.cpp"],
    "protozero/": ["fovea/io/example.cpp", "fovea/io/event_file.cpp", "fovea/io/onnx.cpp", "tests/support/onnx_reader.h"],
    "isa-l": ["fovea/io/crc32c.cpp", "fovea/io/gzip.cpp"],
    "xxhash.h": ["fovea/io/fingerprint.cpp"],
    "yaml-cpp/": ["fovea/recipe/recipe.cpp", "fovea/compat/runner_config.cpp"],  # two forms of file, one reader each
    "nlohmann/": ["fovea/io/json.h"],
    "CLI/": ["fovea/cli/*"],
    "spdlog/": ["fovea/base/log.cpp"],
    "jemalloc/": ["fovea/cli/main.cpp"],
    "fmt/": ["fovea/*", "examples/*"],
    "gtest/": ["tests/*"],
    "gmock/": ["tests/*"],
    "benchmark/": ["bench/*"],
    "turbojpeg.h": ["bench/*"],
}
LIBTORCH = ("torch/", "ATen/", "c10/")
FORBIDDEN_HEADERS = ["torch/torch.h", "torch/nn"]

# Words that mean a file speaks of the machine it was written on.
FORBIDDEN_WORDS = [r"/root/", r"/home/(?!user1)\w+", r"/work/", r"/tmp/(?:build|venv)"]

INCLUDE = re.compile(r'^\s*#\s*include\s+(?:"([^"]+)"|<([^>]+)>)')


def cmake_calls(text, function):
    """The argument lists of all calls of `function`; comments are left out."""
    text = re.sub(r"#.*", "", text)
    return [match.group(1).split() for match in re.finditer(rf"\b{function}\s*\(([^)]*)\)", text)]


def section(arguments, keyword, keywords):
    """The arguments behind `keyword` up to the next keyword."""
    if keyword not in arguments:
        return []
    rest = arguments[arguments.index(keyword) + 1:]
    end = next((i for i, word in enumerate(rest) if word in keywords), len(rest))
    return rest[:end]


class Checker:
    def __init__(self, root):
        self.root = root
        self.findings = []
        self.depends = {}

    def report(self, place, message):
        self.findings.append(f"{place}: {message}")

    def read(self, path):
        return path.read_text(encoding="utf-8")

    def name(self, path):
        return path.relative_to(self.root).as_posix()

    def files(self, folder, *suffixes):
        base = self.root / folder
        return sorted(path for path in base.rglob("*") if path.suffix in suffixes) if base.is_dir() else []

    def read_layers(self):
        for cmake in sorted((self.root / "fovea").glob("*/CMakeLists.txt")):
            for arguments in cmake_calls(self.read(cmake), "fovea_layer"):
                layer = arguments[0]
                if layer != cmake.parent.name:
                    self.report(self.name(cmake), f"declares the layer {layer}")
                self.depends[layer] = section(arguments, "DEPENDS", ["PUBLIC", "PRIVATE", "SOURCES"])
        for layer, lower in self.depends.items():
            for other in lower:
                if other not in self.depends:
                    self.report(f"fovea/{layer}/CMakeLists.txt", f"depends on {other}, which is no layer")
        self.check_cycles()

    def reachable(self, layer, path=()):
        """The layer and all below it."""
        result = {layer}
        for other in self.depends.get(layer, []):
            if other in path:
                continue
            result |= self.reachable(other, (*path, layer))
        return result

    def check_cycles(self):
        for layer, lower in self.depends.items():
            for other in lower:
                if other in self.depends and layer in self.reachable(other):
                    self.report(f"fovea/{layer}/CMakeLists.txt", f"{layer} and {other} depend on each other")

    def check_includes(self, path):
        name = self.name(path)
        parts = pathlib.PurePath(name).parts
        layer = parts[1] if parts[0] == "fovea" else None
        allowed = self.reachable(layer) if layer in self.depends else None
        for number, line in enumerate(self.read(path).splitlines(), 1):
            match = INCLUDE.match(line)
            if not match:
                continue
            own, system = match.groups()
            place = f"{name}:{number}"
            if own and own.startswith("fovea/"):
                target = pathlib.PurePath(own).parts[1]
                if not (self.root / own).is_file():
                    self.report(place, f"includes {own}, which does not exist")
                elif allowed is not None and target not in allowed:
                    self.report(place, f"layer {layer} includes {own}, which is not below it")
            elif own and layer is not None:
                self.report(place, f'includes "{own}"; the include path is the repository path: "fovea/..."')
            elif system:
                self.check_home(place, name, system)
                if system.startswith(LIBTORCH) and allowed is not None and "tensor" not in allowed:
                    self.report(place, f"layer {layer} does not depend on tensor but includes <{system}>")

    def check_home(self, place, name, header):
        for forbidden in FORBIDDEN_HEADERS:
            if header.startswith(forbidden):
                self.report(place, f"includes <{header}>, which is forbidden")
                return
        for prefix, homes in HOMES.items():
            if header.startswith(prefix):
                if not any(fnmatch.fnmatchcase(name, home) for home in homes):
                    self.report(place, f"includes <{header}>; its home is {', '.join(homes)}")
                return
        if "/" in header and not header.startswith("sys/") and header not in ("netinet/in.h", "linux/futex.h"):
            self.report(place, f"includes <{header}>, which has no home in {pathlib.Path(__file__).name}")

    def check_sources_listed(self):
        for cmake in sorted((self.root / "fovea").glob("*/CMakeLists.txt")):
            text = self.read(cmake)
            for source in sorted(cmake.parent.glob("*.cpp")):
                if not re.search(rf"(?<![\w.]){re.escape(source.name)}(?![\w.])", text):
                    self.report(self.name(source), f"is not listed in {self.name(cmake)}")

    def check_tests_registered(self):
        for source in self.files("tests", ".cpp"):
            if not source.name.endswith("_test.cpp"):
                continue
            cmake = source.parent / "CMakeLists.txt"
            text = re.sub(r"#.*", "", self.read(cmake)) if cmake.is_file() else ""
            if not re.search(rf"(?<![\w.]){re.escape(source.name)}(?![\w.])", text):
                self.report(self.name(source), f"is not registered in {self.name(cmake)}")
            elif not re.search(r"^TEST(_P|_F)?\(|TYPED_TEST\(", self.read(source), re.MULTILINE):
                self.report(self.name(source), "has no test in it")

    def check_text(self, path):
        name = self.name(path)
        lines = self.read(path).splitlines()
        if path.suffix in (".h", ".cpp") and len(lines) > MAX_LINES:
            self.report(name, f"has {len(lines)} lines; {MAX_LINES} are allowed")
        for number, line in enumerate(lines, 1):
            for word in FORBIDDEN_WORDS:
                if re.search(word, line):
                    self.report(f"{name}:{number}", f"speaks of a machine: {line.strip()[:80]}")
        if path.suffix == ".h" and path.parts[-2] != "tests" and "#pragma once" not in lines:
            self.report(name, "has no #pragma once")

    def run(self):
        self.read_layers()
        for folder in ("fovea", "tests", "bench", "examples"):
            for path in self.files(folder, ".h", ".cpp", ".cu"):
                self.check_includes(path)
                self.check_text(path)
        for folder in ("docs", "recipes", "cmake"):
            for path in self.files(folder, ".md", ".yaml", ".cmake"):
                self.check_text(path)
        self.check_sources_listed()
        self.check_tests_registered()
        return self.findings


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parent.parent)
    findings = Checker(parser.parse_args().root.resolve()).run()
    for finding in findings:
        print(finding)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
