"""The rule of a dataset plug-in: its reader, its card, the writer of the phantom in its layout, and its test."""

def _once(targets):
    return {target: None for target in targets}.keys()

def asap_dataset(
        name,
        srcs = None,
        hdrs = None,
        deps = [],
        card_srcs = ["card.cc"],
        card_hdrs = ["card.h"],
        layout_srcs = None,
        layout_deps = [],
        lists_srcs = [],
        test_srcs = None,
        test_deps = [],
        test_size = "small"):
    """A dataset plug-in in a folder of its own, wherever that folder is.

    It makes NAME (the reader, which registers itself), NAME_card, NAME_layout (which registers the writer; a program that only
    reads need not link it) and NAME_test. What the targets share need not be named: the contract, absl, and for the test the
    fixture, the reader and the layout.

    Args:
      name: the name that the dataset registers itself under.
      srcs: the reader, whose last lines are REGISTER_DATASET and REGISTER_DATASET_CARD; by default NAME.cc.
      hdrs: by default NAME.h.
      deps: of the reader.
      card_srcs: the card; empty where it stands in the reader.
      card_hdrs: its header.
      layout_srcs: the writer, whose last line is REGISTER_LAYOUT; by default NAME_layout.cc. Empty where there is none.
      layout_deps: of the writer, formats mostly.
      lists_srcs: what REGISTER_PUBLISHED_LISTS stands in, where split lists of the dataset were published.
      test_srcs: by default NAME_test.cc.
      test_deps: of the test.
      test_size: of the test.
    """
    public = ["//visibility:public"]
    card = []
    if card_srcs or card_hdrs:
        card = [":%s_card" % name]
        native.cc_library(
            name = name + "_card",
            srcs = card_srcs,
            hdrs = card_hdrs,
            visibility = public,
            deps = [
                "//core:dataset",
                "//third_party/absl",
            ],
        )
    native.cc_library(
        name = name,
        srcs = ([name + ".cc"] if srcs == None else srcs) + lists_srcs,
        hdrs = [name + ".h"] if hdrs == None else hdrs,
        visibility = public,
        deps = _once(card + deps + [
            "//core:dataset",
            "//core:dataset_cards",
            "//core/base:status",
            "//third_party/absl",
        ] + (["//datasets/published_lists:expected_lists"] if lists_srcs else [])),
        alwayslink = 1,
    )
    writer = [name + "_layout.cc"] if layout_srcs == None else layout_srcs
    native.cc_library(
        name = name + "_layout",
        srcs = writer,
        visibility = public,
        deps = _once(layout_deps + [
            "//core/base:file",
            "//core/base:status",
            "//core/imaging:volume",
            "//datasets/phantom:labels",
            "//datasets/phantom/layouts:layout",
            "//third_party/absl",
        ]) if writer else [],
        alwayslink = 1,
    )
    native.cc_test(
        name = name + "_test",
        size = test_size,
        srcs = [name + "_test.cc"] if test_srcs == None else test_srcs,
        deps = _once(card + test_deps + [
            ":" + name,
            ":%s_layout" % name,
            "//core:dataset",
            "//core/base:file",
            "//core/testing/dataset:dataset_conformance",
            "//datasets/testing:written_dataset",
            "//third_party/absl",
            "//third_party/gtest:gtest_main",
        ]),
    )

def layout_of(dataset):
    """The target of the layout that belongs to a dataset's target."""
    return dataset + ("_layout" if ":" in dataset else ":%s_layout" % dataset.split("/")[-1])
