"""Text files compiled into a library."""

def embed_text(name, texts, visibility = None):
    """A library with a function for each text.

    Args:
      name: of the library; its header is NAME.h.
      texts: label of a file, without `)embed"` in it -> name of the function that returns its contents.
      visibility: of the library.
    """
    declarations = "".join(["absl::string_view %s();\\n" % function for function in texts.values()])
    begin = "#pragma once\\n#include \\\"absl/strings/string_view.h\\\"\\nnamespace asap {\\n"
    header = "printf \"%s%s}  // namespace asap\\n\" > $(location %s.h)" % (begin, declarations, name)
    source = ["printf '#include \"%s/%s.h\"\\nnamespace asap {\\n'" % (native.package_name(), name)]
    for label, function in texts.items():
        source.append("printf 'absl::string_view %s() {\\n  static constexpr char kText[] = R\"embed('" % function)
        source.append("cat $(location %s)" % label)
        source.append("printf ')embed\";\\n  return {kText, sizeof(kText) - 1};\\n}\\n'")
    source.append("printf '}  // namespace asap\\n'")
    native.genrule(
        name = name + "_source",
        srcs = texts.keys(),
        outs = [name + ".h", name + ".cc"],
        cmd = "%s && { %s; } > $(location %s.cc)" % (header, "; ".join(source), name),
    )
    native.cc_library(
        name = name,
        srcs = [name + ".cc"],
        hdrs = [name + ".h"],
        visibility = visibility,
        deps = ["//third_party/absl"],
    )
