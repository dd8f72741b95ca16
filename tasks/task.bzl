"""The rule of a task plug-in: its library, which registers it, and the test that every task passes."""

def asap_task(name, task, srcs, deps = [], kind_tests = [], phantom_cases = 80, task_options = {}, paper_options = {}, **kwargs):
    """A task plug-in, here or in another repository.

    Args:
      name: of the library; its test is NAME_test.
      task: the name that it registers, "kind/dataset".
      srcs: one .cc, whose last line is REGISTER_TASK.
      deps: the kind that it is made of.
      kind_tests: of the kind's smallest task: //tasks/testing:each_kind, and what the kind alone must do (tasks/KIND/conformance.cc).
      phantom_cases: how many cases of the phantom the test writes in the layout of each of the task's datasets.
      task_options: of the test's runs, where defaults take long.
      paper_options: besides, of its runs under the paper's protocol.
      **kwargs: of the test, as size or tags.
    """
    native.cc_library(
        name = name,
        srcs = srcs,
        deps = deps + [str(Label("//core:task"))],
        visibility = ["//visibility:public"],
        alwayslink = 1,
    )
    native.filegroup(  # what tools:new_task copies, of templates
        name = name + "_files",
        srcs = native.glob(["*"]),
        visibility = ["//visibility:public"],
    )
    native.cc_test(
        name = name + "_test",
        size = kwargs.pop("size", "medium"),
        args = [
            "--task=" + task,
            "--phantom_cases=%d" % phantom_cases,
            "--task_options=" + ",".join(["%s=%s" % option for option in sorted(task_options.items())]),
            "--paper_options=" + ",".join(["%s=%s" % option for option in sorted(paper_options.items())]),
        ],
        deps = [
            ":" + name,
            str(Label("//tasks/testing:each_task")),
        ] + kind_tests,
        **kwargs
    )
