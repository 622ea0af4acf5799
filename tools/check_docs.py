#!/usr/bin/env python3
"""Checks that what README.md, CONTRIBUTING.md and docs/*.md name exists: files, links, make targets, commands, flags, recipes, keys.

A block of code after the line <!-- quote FILE --> has to be that file. With --fovea PROGRAM commands are compared with the program's own help,
docs/recipes.md and docs/migrating.md with what it prints. Prints one line per finding; exit code 1 when there is one.
"""
import argparse
import pathlib
import re
import shlex
import subprocess
import sys

FOLDERS = ("bench", "cmake", "docs", "examples", "fovea", "recipes", "tests", "tools")
GROUPS = ("bench", "checkpoint", "data", "recipes")  # commands with subcommands

CODE_BLOCK = re.compile(r"^```[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
INLINE_CODE = re.compile(r"`([^`\n]+)`")
QUOTE = re.compile(r"^<!-- quote (\S+) -->\n```[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)[^)]*\)")
PATH = re.compile(rf"(?<![\w./-])(?:{'|'.join(FOLDERS)})/[\w./*{{}},-]*")


def line_of(text, position):
    return text.count("\n", 0, position) + 1


def expanded(path):
    """fovea/{io,data}/x.h -> both."""
    match = re.search(r"\{([^{}]*)\}", path)
    if not match:
        return [path]
    return [each for part in match.group(1).split(",") for each in expanded(path[: match.start()] + part + path[match.end():])]


class Checker:
    def __init__(self, root, program):
        self.root = root
        self.program = program
        self.findings = []
        self.help_texts = {}
        makefile = root / "Makefile"
        text = makefile.read_text(encoding="utf-8") if makefile.is_file() else ""
        self.targets = set(re.findall(r"^([\w-]+(?: [\w-]+)*):(?!=)", text, re.MULTILINE))
        self.targets = {name for group in self.targets for name in group.split()}
        self.recipes = {path.stem for path in (root / "recipes").glob("*.yaml")}

    def report(self, place, message):
        self.findings.append(f"{place}: {message}")

    def run_program(self, *arguments):
        result = subprocess.run([self.program, *arguments], capture_output=True, text=True, timeout=60, check=False)
        return result.stdout if result.returncode == 0 else None

    def help_of(self, words):
        """The complete help of "data convert", or None when there is no such command."""
        key = " ".join(words)
        if key not in self.help_texts:
            flag = "--help-all" if len(words) == 1 else "--help"
            self.help_texts[key] = self.run_program(*words, flag)
        return self.help_texts[key]

    def check_paths(self, place, code):
        for match in PATH.finditer(code):
            for path in expanded(match.group(0).rstrip(".,")):
                found = any(self.root.glob(path.rstrip("/"))) if path.rstrip("/") else True
                if not found:
                    self.report(place, f"{path} does not exist")

    def check_command(self, place, line):
        line = re.sub(r"^\$\s+", "", line.strip())
        try:
            words = shlex.split(line, comments=True)
        except ValueError:
            return
        while words and re.match(r"^[A-Z_][A-Z0-9_]*=", words[0]):
            words = words[1:]
        if not words:
            return
        if words[0] == "make":
            for word in words[1:]:
                if not word.startswith("-") and "=" not in word and word not in self.targets:
                    self.report(place, f"make {word}: the Makefile has no such target")
        elif pathlib.PurePath(words[0]).name == "fovea" and self.program is not None and len(words) > 1:
            self.check_fovea(place, words[1:])

    def check_fovea(self, place, words):
        stop = next((i for i, word in enumerate(words) if word in ("|", ">", "&&", ";", ">>", "2>&1")), len(words))
        words = [word.rstrip(";,") for word in words[:stop]]
        if not words or not re.fullmatch(r"[a-z]+", words[0]):
            return
        name = words[:1]
        if words[0] in GROUPS and len(words) > 1 and re.fullmatch(r"[a-z]+", words[1]):
            name = words[:2]
        if name == ["compat"]:  # what stands behind PROGRAM is that program's own
            program = next((i for i, word in enumerate(words[1:], 1) if not word.startswith("-") and words[i - 1] != "--device"), len(words))
            words = words[:program]
        text = self.help_of(name)
        if text is None:
            self.report(place, f"fovea {' '.join(name)}: there is no such command")
            return
        for word in words[len(name):]:
            flag = word.split("=")[0]
            if re.fullmatch(r"--?[a-z][\w-]*", flag) and not re.search(rf"(?<![\w-]){re.escape(flag)}(?![\w-])", text):
                self.report(place, f"fovea {' '.join(name)}: there is no flag {flag}")
        if name == ["train"] and len(words) > 1:
            recipe = words[1]
            if re.fullmatch(r"[a-z][\w-]*", recipe) and recipe.replace("_", "-") not in {each.replace("_", "-") for each in self.recipes}:
                self.report(place, f"fovea train {recipe}: there is no such recipe")
        for i, word in enumerate(words[:-1]):
            if word == "--set" and re.match(r"^[a-z]\w*\.\w+=", words[i + 1]):
                self.check_key(place, words[i + 1].split("=")[0])

    def check_key(self, place, key):
        if self.run_program("recipes", "explain", key) is None:
            self.report(place, f"there is no key {key}")

    def check_page(self, page):
        text = page.read_text(encoding="utf-8")
        name = page.relative_to(self.root).as_posix()
        for match in CODE_BLOCK.finditer(text):
            first = line_of(text, match.start(1))
            for number, line in enumerate(match.group(1).splitlines(), first):
                self.check_paths(f"{name}:{number}", line)
                self.check_command(f"{name}:{number}", line)
        for match in QUOTE.finditer(text):
            quoted = self.root / match.group(1)
            if not quoted.is_file() or quoted.read_text(encoding="utf-8") != match.group(2):
                self.report(f"{name}:{line_of(text, match.start())}", f"is not what {match.group(1)} says")
        prose = CODE_BLOCK.sub(lambda match: "\n" * match.group(0).count("\n"), text)
        for match in INLINE_CODE.finditer(prose):
            place = f"{name}:{line_of(prose, match.start())}"
            self.check_paths(place, match.group(1))
            self.check_command(place, match.group(1))
        for match in LINK.finditer(prose):
            target = match.group(1)
            if "://" not in target and not target.startswith("mailto:") and not (page.parent / target).exists():
                self.report(f"{name}:{line_of(prose, match.start())}", f"the link to {target} leads nowhere")

    def run(self):
        pages = [self.root / "README.md", self.root / "CONTRIBUTING.md", *sorted((self.root / "docs").glob("*.md"))]
        for page in pages:
            if page.is_file():
                self.check_page(page)
            elif page.name == "README.md":
                self.report(page.name, "is missing")
        if self.program is not None:
            for command, page in (("recipes", "docs/recipes.md"), ("compat", "docs/migrating.md")):
                stored = self.root / page
                if not stored.is_file() or stored.read_text(encoding="utf-8") != self.run_program(command, "reference"):
                    self.report(page, f"is stale; write it again with: fovea {command} reference > {page}")
        return self.findings


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parent.parent)
    parser.add_argument("--fovea", help="the built program, to compare commands with")
    arguments = parser.parse_args()
    findings = Checker(arguments.root.resolve(), arguments.fovea).run()
    for finding in findings:
        print(finding)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
