"""patched_sources: copies of some of our sources with a patch applied, for a client that has a historic bug again."""

def _patched_sources_impl(ctx):
    outputs = []
    commands = ["set -euo pipefail", "top=$PWD"]
    root = None
    for source in ctx.files.srcs:
        copy = ctx.actions.declare_file("%s/%s" % (ctx.label.name, source.short_path))
        outputs.append(copy)
        root = copy.path[:-len(source.short_path) - 1]
        commands.append("install -D -m 644 '%s' '%s'" % (source.path, copy.path))

    # --fuzz=0: a patch that does not apply any more to the letter breaks the build, as it should.
    patches = [ctx.file.patch] + ctx.files.more
    commands.append("cd '%s'" % root)
    for patch in patches:
        commands.append("patch --quiet --batch --fuzz=0 --no-backup-if-mismatch -p1 <\"$top/%s\"" % patch.path)
    ctx.actions.run_shell(
        inputs = ctx.files.srcs + patches,
        outputs = outputs,
        command = "\n".join(commands),
        mnemonic = "Patch",
        progress_message = "Applying %s" % ctx.file.patch.short_path,
    )
    return [DefaultInfo(files = depset(outputs))]

patched_sources = rule(
    implementation = _patched_sources_impl,
    attrs = {
        "srcs": attr.label_list(allow_files = [".cc", ".h"], mandatory = True),
        "patch": attr.label(allow_single_file = [".patch"], mandatory = True),
        "more": attr.label_list(allow_files = [".patch"], doc = "Applied after it, in this order."),
    },
    doc = "The outputs are <name>/<path of the source>; the patch is applied with -p1 at the root of the project.",
)
