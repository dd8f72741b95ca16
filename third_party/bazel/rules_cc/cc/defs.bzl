"""The part of rules_cc that Bazel 4.2 itself and Debian's rules ask for: its native C++ rules under their rules_cc names.

Debian's own rules_cc package does not load under Bazel 4.2.3.
"""

cc_library = native.cc_library
cc_binary = native.cc_binary
cc_test = native.cc_test
cc_import = native.cc_import
cc_proto_library = native.cc_proto_library
cc_toolchain = native.cc_toolchain
cc_toolchain_suite = native.cc_toolchain_suite
cc_toolchain_alias = native.cc_toolchain_alias
fdo_profile = native.fdo_profile
fdo_prefetch_hints = native.fdo_prefetch_hints
cc_libc_top_alias = native.cc_libc_top_alias
objc_library = native.objc_library
objc_import = native.objc_import

def _no_op_impl(_ctx):
    return []

cc_flags_supplier = rule(implementation = _no_op_impl)
compiler_flag = rule(implementation = _no_op_impl)
