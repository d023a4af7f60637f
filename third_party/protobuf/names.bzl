"""The well-known types that have a label here: google/protobuf/<name>.proto is :<name>_proto."""

WELL_KNOWN = [
    "any",
    "descriptor",
    "duration",
    "empty",
    "field_mask",
    "struct",
    "timestamp",
    "wrappers",
]
