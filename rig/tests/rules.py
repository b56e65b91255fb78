#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
Tests the rules that "make checks" adds to the kernel's own: what the engine may
refer to (layers.py), how long a function may be (lengths.py), that the project's files
compile in place (compile_commands.py), and patched files elsewhere (objects.py).
"""

import contextlib
import io
import subprocess
import sys

sys.path[0] += "/.."        # rig/, where lib is
from configs import OBJECTS
from lib import compile_commands, layers, lengths, objects, unit
from lib.common import RIG, ROOT, Stop
from lib.kernel import Objects

ENGINE = """int p2m_list_set(int pfn);
int p2m_other(int pfn);
int p2m_other(int pfn) { return p2m_list_set(pfn); }
"""
LIST = """int p2m_list_set(int pfn);
int p2m_list_set(int pfn) { return pfn; }
"""
DOMAIN = """int grant_map(int pfn);
int grant_map(int pfn) { return pfn; }
static int hidden(int pfn) { return pfn; }
int (*kept)(int) = hidden;
"""
COMMAND = """savedcmd_arch/x86/xen/p2m.o := ccache gcc -Wp,-MMD,arch/x86/xen/.p2m.o.d -I./include \
-fconserve-stack -DKBUILD_MODFILE='"arch/x86/xen/p2m"' -D__KBUILD_MODNAME=kmod_p2m \
-c -o arch/x86/xen/p2m.o arch/x86/xen/p2m.c   ; ./tools/objtool/objtool arch/x86/xen/p2m.o

deps_arch/x86/xen/p2m.o := \\
"""


def tree(top, path="arch/x86/xen/more", text=""):
    """A built tree with an engine, domain code, and one more source."""
    for path, text in ((f"{layers.ENGINE}/set", ENGINE), (f"{layers.ENGINE}/list", LIST),
                       ("arch/x86/xen/p2m", DOMAIN), (path, text)):
        source = top / f"{path}.c"
        source.parent.mkdir(parents=True, exist_ok=True)
        source.write_text(text)
        subprocess.run(["cc", "-c", "-o", source.with_suffix(".o"), source], check=True)
    return top


def calls(name):
    """A source with a function that calls name()."""
    return (f"int {name}(int pfn);\nint p2m_caller(int pfn);\n"
            f"int p2m_caller(int pfn) {{ return {name}(pfn); }}\n")


def found(top, path, name):
    """The only finding, about an object that refers to a symbol."""
    findings = layers.violations(tree(top, path, calls(name)))
    assert len(findings) == 1, findings
    assert layers.RULE in findings[0] and f"{path}.o: {name}" in findings[0], findings
    return findings[0]


def test_good_engine(top):
    assert not layers.violations(tree(top))


def test_names_of_xen(top):
    for name in ("xen_mc_flush", "hypercall_page", "HYPERCALL_update", "XEN_flush"):
        found(top / name, f"{layers.ENGINE}/bad", name)


def test_a_function_of_the_domain(top):
    assert "(of arch/x86/xen/p2m.o)" in found(top, f"{layers.ENGINE}/bad", "grant_map")


def test_a_function_of_the_drivers(top):
    tree(top, "drivers/xen/balloon", DOMAIN.replace("grant_map", "balloon_up"))
    assert "(of drivers/xen/balloon.o)" in found(top, f"{layers.ENGINE}/bad", "balloon_up")


def test_subdirectory_of_the_engine(top):
    found(top, f"{layers.ENGINE}/deep/bad", "grant_map")


def test_static_function_of_the_domain(top):
    assert not layers.violations(tree(top, f"{layers.ENGINE}/user", calls("hidden")))


def test_object_without_a_source(top):
    tree(top, "arch/x86/xen/former", LIST.replace("p2m_list_set", "p2m_former"))
    (top / "arch/x86/xen/former.c").unlink()
    assert not layers.violations(tree(top, f"{layers.ENGINE}/user", calls("p2m_former")))


def test_the_domain_may_call_the_engine(top):
    assert not layers.violations(tree(top, "arch/x86/xen/user", calls("p2m_list_set")))


def test_engine_that_is_not_built(top):
    for path in tree(top).glob(f"{layers.ENGINE}/*.o"):
        path.with_suffix(".c").unlink()
    said = io.StringIO()
    with contextlib.redirect_stderr(said):
        assert unit.raises(Stop, layers.violations, top) == str(RIG)
    assert "not built" in said.getvalue()


def kept_tree(top):
    """A tree with the command of an object, and copies of our headers."""
    for path, text in (("arch/x86/xen/.p2m.o.cmd", COMMAND), ("arch/x86/xen/p2m.h", ""),
                       ("arch/x86/xen/xen-ops.h", "")):
        (top / path).parent.mkdir(parents=True, exist_ok=True)
        (top / path).write_text(text)
    return top


def test_command_of_a_kernel_file(top):
    tree = kept_tree(top)
    p2m, = [one for one in compile_commands.of_kernel(tree) if one["file"].endswith("/xen/p2m.c")]
    assert p2m["directory"] == str(tree)
    assert p2m["file"] == p2m["arguments"][-1] == str(ROOT / "arch/x86/xen/p2m.c")
    words = p2m["arguments"]
    assert words[0] == "gcc" and "-I./include" in words and "-fconserve-stack" not in words
    assert not any("-MMD" in word for word in words)
    assert words.index(f"-I{ROOT}/include") < words.index("-I./include") \
        < words.index(f"-I{tree}/arch/x86/xen")


def test_command_of_a_module(top):
    look, = [one for one in compile_commands.of_modules(kept_tree(top))
             if one["file"].endswith("/p2m_look.c")]
    assert {"-DMODULE", '-DKBUILD_MODFILE="arch/x86/xen/p2m_look"',
            "-D__KBUILD_MODNAME=kmod_p2m_look"} <= set(look["arguments"])


def test_command_of_a_tool(_):
    files = [one["file"] for one in compile_commands.of_tool()]
    assert len(files) == len(set(files))
    assert {str(path) for path in (ROOT / "tools/xen-p2m").rglob("*.c")} == set(files)


def test_every_file_has_a_command(top):
    assert len(compile_commands.missing([])) > len(compile_commands.missing(
        compile_commands.entries(kept_tree(top)))) > 0


def compiled(top, text):
    """The findings about a file that can include headers of both places."""
    tree = kept_tree(top)
    (top / "x.c").write_text(text)
    one = compile_commands.entry(tree, ["cc", f"-I{ROOT}/arch/x86/xen", "-I./arch/x86/xen"], "x.c")
    return compile_commands.findings(one, tree)


def test_stock_header_from_the_tree(top):
    assert not compiled(top, '#include "xen-ops.h"\n')


def test_our_header_from_the_tree(top):
    finding, = compiled(top, '#include "arch/x86/xen/p2m.h"\n')
    assert "arch/x86/xen/p2m.h from the kernel tree" in finding


def test_file_that_does_not_compile(top):
    assert "error: " in compiled(top, "int f(void) { return missing; }\n")[0]


def function(name, lines):
    """A function with this many lines, including its declaration."""
    return f"static int {name}(int a,\n\t\tint b)\n{{\n" + "\ta++;\n" * (lines - 4) + "}\n"


def long_ones(top, text):
    (top / "x.c").write_text(text)
    return lengths.too_long(top / "x.c", "x.c")


def test_length_of_functions(top):
    assert not long_ones(top, function("fits", lengths.LONGEST))
    finding, = long_ones(top, "/* why */\n" + function("fits", 50) + "\n"
                         + "/*\n * how\n */\n" + function("too_long", 51))
    assert finding == "x.c:56: too_long() has 51 lines, the limit is 50"


def test_table_is_no_function(top):
    assert not long_ones(top, "static const int table[] = {\n" + "\t1,\n" * 99 + "};\n")


def test_function_after_a_macro(top):
    assert lengths.functions("#define X 1\n" + function("f", 9)) == [(2, "f", 9)]
    assert lengths.functions("module_init(f);\n" + function("f", 9)) == [(2, "f", 9)]


def elsewhere(top, text, row=Objects("native")):
    """An object of a kernel without a list."""
    kernel = objects.Kernel(row, top)
    kernel.output.mkdir()
    (kernel.output / "x.c").write_text(text)
    subprocess.run(["cc", "-c", "x.c"], cwd=kernel.output, check=True)
    return kernel


def test_reference_to_a_list_that_is_not_there(top):
    kernel = elsewhere(top, calls("xen_p2m_reserve"))
    finding, = kernel.references(["x.o"])
    assert "xen_p2m_reserve" in finding


def test_what_the_list_is_called(top):
    assert not elsewhere(top, calls("set_foreign_p2m_mapping")).references(["x.o"])


def test_which_lines_of_the_build_are_findings(_):
    for line in ("mm/ptdump.c:119:43: error: implicit", "x.c:1:2: warning: passing",
                 "make[3]: *** No rule to make target 'mm/x.o'"):
        assert objects.SAYS.search(line)
    assert not objects.SAYS.search("  HOSTCC  scripts/dtc/libfdt/fdt_strerror.o")


def test_patched_files_are_compiled_elsewhere(_):
    rows = {row.name: objects.touched(row) for row in OBJECTS}
    assert rows["s390"] == ["mm/ptdump.o"]
    assert {"drivers/xen/balloon.o", "mm/ptdump.o"} <= set(rows["arm64"]) & set(rows["hvm"])


if __name__ == "__main__":
    sys.exit(unit.main(globals()))
