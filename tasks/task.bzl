"""The rule of a task plug-in: its library, which registers it, and the test that every task passes."""

def asap_task(name, srcs, deps = [], phantom_cases = 300, phantom_layouts = None):
    """A task plug-in in the folder tasks/KIND/NAME.

    Args:
      name: the folder's name; the task registers itself as KIND/NAME.
      srcs: one .cc, whose last line is REGISTER_TASK.
      deps: the kind that it is made of.
      phantom_cases: how many cases of the phantom the test writes in the dataset's layout.
      phantom_layouts: datasets to write; by default those that the task's spec names.
    """
    kind_and_name = native.package_name()[len("tasks/"):]
    native.cc_library(
        name = name,
        srcs = srcs,
        deps = deps + ["//core:task"],
        visibility = ["//visibility:public"],
        alwayslink = 1,
    )
    native.cc_test(
        name = name + "_test",
        size = "medium",
        srcs = ["//tasks/testing:conformance_test.cc"],
        args = [
            "--task=" + kind_and_name,
            "--phantom_cases=%d" % phantom_cases,
        ],
        deps = [
            ":" + name,
            "//tasks/testing:conformance",
        ],
    )
