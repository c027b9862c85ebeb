#!/usr/bin/python3
"""Makes the golden frames with an encoder that is not ours, or checks that they are as made.

usage: make.py DIRECTORY          writes the frames
       make.py --check DIRECTORY  says which differ, are missing or stray

A frame is one file. Its name says what must happen and why:
  y_request_WHY          a call that is accepted
  n_request_ERROR_WHY    a call that is refused with that error
  n_request_cut_WHY      bytes that a call may begin with, and no call yet
  y_result_OP_WHY        a reply to OP that is accepted
  n_result_OP_WHY        a reply to OP that is refused
"""

import pathlib
import sys

import msgpack

FRAMES = {}


def pack(value):
    return msgpack.packb(value, use_bin_type=True)


def raw(name, data):
    assert name + ".bin" not in FRAMES, name
    FRAMES[name + ".bin"] = data


def request(name, op, params, msgid=1):
    raw(name, pack([0, msgid, op, [params]]))


def pairs(*items):
    """A map as it stands: keys may repeat, and bytes stand for themselves."""
    encoded = [x if isinstance(x, bytes) else pack(x) for x in items]
    return bytes([0x80 | len(items) // 2]) + b"".join(encoded)


def request_raw(name, op, params, msgid=1):
    raw(name, b"\x94\x00" + pack(msgid) + pack(op) + b"\x91" + params)


def result(name, value, error=None):
    raw(name, pack([1, 1, error, value]))


SITE = {"site": "public.opendatasoft.com"}
SUBJECT = {**SITE, "subject": "d0b4d3a2-5f0e-4f6c-9e2b-6b2d8f0c1a77"}
CHECK = {**SUBJECT, "cookies": ["sessionid", "_ga"]}
REPORT = {**SITE, "allowed": {"consent_given": 12}, "denied": {"undeclared_cookie": 3},
          "undeclared": {"_ga_#": 3}}
RECORD = {**SUBJECT, "choices": {"statistics": True, "*": False}}
STATE = {"choices": {"matomo": "given"}, "given_until": 1700000000, "refused_until": 0,
         "created_at": 1690000000, "updated_at": 1690000000, "revision": 3,
         "policy_revision": 1, "bound": False}
EVENT = {"revision": 3, "at": 1690000000, "event": "given", "choices": {"matomo": "given"},
         "policy_revision": 1, "actor": "uid:1000"}


def without(value, key):
    return {k: v for k, v in value.items() if k != key}


def requests_accepted():
    request("y_request_hello_without_fields", "hello", {})
    request("y_request_hello", "hello", {"client": "libconsent/0.1"})
    request("y_request_check", "check", CHECK)
    request("y_request_check_of_everything", "check",
            {**CHECK, "domain": ".opendatasoft.com", "gpc": True, "revision": 2**63})
    request("y_request_check_without_a_subject", "check", without(CHECK, "subject"))
    request("y_request_check_subject_is_nil", "check", {**CHECK, "subject": None})
    request("y_request_check_256_cookies", "check",
            {**CHECK, "cookies": [f"c{i}" for i in range(256)]})
    request("y_request_check_cookie_of_256_bytes", "check", {**CHECK, "cookies": ["c" * 256]})
    request("y_request_check_subject_of_256_bytes", "check", {**CHECK, "subject": "s" * 256})
    request("y_request_check_subject_in_utf8", "check", {**CHECK, "subject": "\u00e9\u20ac\U0001f36a"})
    request("y_request_check_gpc_as_header", "check", {**CHECK, "gpc": "1"})
    request("y_request_check_gpc_as_integer", "check", {**CHECK, "gpc": 0})
    request("y_request_check_largest_msgid", "check", CHECK, msgid=2**32 - 1)
    request("y_request_check_keys_in_another_order", "check", dict(reversed(CHECK.items())))
    request("y_request_grants", "grants", SUBJECT)
    request("y_request_policy_get", "policy_get", {**SITE, "policy_revision": 2**32 - 1})
    request("y_request_map", "map", {})
    request("y_request_policy_list", "policy_list", {})
    request("y_request_policy_render", "policy_render",
            {**SITE, "format": "markdown", "language": "fr"})
    request("y_request_record", "record", RECORD)
    request("y_request_record_of_everything", "record",
            {**RECORD, "policy_revision": 1, "method": "banner", "surface": "/", "language": "fr-CA",
             "event_id": "0b9c", "attributes": {"form": "A", "empty": ""}})
    request("y_request_record_160_choices", "record",
            {**RECORD, "choices": {f"s{i}": i % 2 == 0 for i in range(160)}})
    request("y_request_bind", "bind", {**SUBJECT, "account": "a-1", "event_id": "x"})
    request("y_request_bind_to_nil", "bind", {**SUBJECT, "account": None})
    request("y_request_show", "show", SUBJECT)
    request("y_request_history", "history", {**SUBJECT, "limit": 1000, "before": 1})
    request("y_request_list", "list", {**SITE, "state": "given", "after": "00ff", "limit": 1})
    request("y_request_export", "export", SITE)
    request("y_request_erase", "erase", SUBJECT)
    request("y_request_policy_apply", "policy_apply", {"yaml": "site: a\n", "dry_run": True})
    request("y_request_report", "report", REPORT)
    request("y_request_report_of_nothing", "report", SITE)
    request("y_request_report_of_64_names", "report",
            {**SITE, "undeclared": {f"n{i}": 2**64 - 1 for i in range(64)}})
    raw("y_request_report_as_notification", pack([2, "report", [REPORT]]))
    request("y_request_stats", "stats", {})
    raw("y_request_stats_as_notification", pack([2, "stats", [{}]]))


def requests_in_long_forms():
    """MessagePack allows them, and some encoders write nothing else."""
    check = pairs(b"\xd9\x04site", b"\xda\x00\x01a", b"\xdb\x00\x00\x00\x07cookies",
                  b"\xdc\x00\x01\xa1x", "revision", b"\xcf" + bytes(7) + b"\x07")
    request_raw("y_request_check_in_long_forms", "check", check)
    request_raw("y_request_check_revision_in_a_signed_form", "check",
                pairs("site", "a", "cookies", ["x"], "revision", b"\xd3" + bytes(7) + b"\x07"))
    raw("y_request_hello_in_long_forms",
        b"\xdd\x00\x00\x00\x04\xcc\x00\xcd\x00\x01\xdb\x00\x00\x00\x05hello"
        b"\xdc\x00\x01\xdf\x00\x00\x00\x00")


def envelopes_refused():
    params = pack([{}])
    raw("n_request_malformed_not_an_array", pack({"method": "hello"}))
    raw("n_request_malformed_empty_array", b"\x90")
    raw("n_request_malformed_nil", b"\xc0")
    raw("n_request_malformed_reply_instead_of_a_call", pack([1, 1, None, {}]))
    raw("n_request_malformed_unknown_type", pack([3, 1, "hello", [{}]]))
    raw("n_request_malformed_too_few_elements", pack([0, 1, "hello"]))
    raw("n_request_malformed_too_many_elements", pack([0, 1, "hello", [{}], None]))
    raw("n_request_malformed_notification_with_msgid", pack([2, 1, "stats", [{}]]))
    raw("n_request_malformed_msgid_of_33_bits", pack([0, 2**32, "hello", [{}]]))
    raw("n_request_malformed_msgid_negative", pack([0, -1, "hello", [{}]]))
    raw("n_request_malformed_msgid_nil", pack([0, None, "hello", [{}]]))
    raw("n_request_malformed_method_in_binary", pack([0, 1, b"hello", [{}]]))
    raw("n_request_malformed_method_not_utf8", b"\x94\x00\x01\xa1\xff" + params)
    raw("n_request_malformed_params_are_a_map", pack([0, 1, "hello", {}]))
    raw("n_request_bad_type_params_are_empty", pack([0, 1, "hello", []]))
    raw("n_request_bad_type_params_are_two_maps", pack([0, 1, "hello", [{}, {}]]))
    raw("n_request_bad_type_params_hold_nil", pack([0, 1, "hello", [None]]))
    request("n_request_unknown_method_of_no_table", "set_cookie", {})
    request("n_request_unknown_method_in_capitals", "CHECK", CHECK)
    request("n_request_unknown_method_empty", "", {})


def bytes_refused():
    raw("n_request_malformed_ext_in_a_field",
        b"\x94\x00\x01\xa5stats\x91" + pairs("site", b"\xd4\x01\x00"))
    raw("n_request_malformed_timestamp", b"\xd6\xff\x00\x00\x00\x00")
    raw("n_request_malformed_unused_byte_c1", b"\x94\x00\x01\xc1")
    raw("n_request_malformed_http_instead", b"\xc7GET / HTTP/1.1\r\n")
    raw("n_request_malformed_nested_9_deep", b"\x91" * 9 + b"\xc0")
    raw("n_request_too_large_array_of_16_million", b"\xdd\x01\x00\x00\x00")
    raw("n_request_too_large_array_of_4_billion", b"\xdd\xff\xff\xff\xff")
    raw("n_request_too_large_map_of_half_a_million", b"\xdf\x00\x08\x00\x00")
    raw("n_request_too_large_text_of_a_mebibyte", b"\x94\x00\x01\xdb\x00\x10\x00\x00")
    raw("n_request_cut_empty_file", b"")
    raw("n_request_cut_in_a_length", b"\x94\x00\x01\xdb\x00\x00")
    raw("n_request_cut_in_a_text", pack([0, 1, "check", [CHECK]])[:40])
    raw("n_request_cut_before_the_last_byte", pack([0, 1, "check", [CHECK]])[:-1])


def fields_refused():
    request("n_request_missing_field_check_without_site", "check", without(CHECK, "site"))
    request("n_request_missing_field_check_without_cookies", "check", without(CHECK, "cookies"))
    request("n_request_missing_field_record_without_choices", "record", SUBJECT)
    request("n_request_missing_field_show_without_subject", "show", SITE)
    request("n_request_missing_field_report_without_site", "report", without(REPORT, "site"))
    request("n_request_missing_field_bind_without_account", "bind", SUBJECT)
    request("n_request_unknown_field_check_with_colour", "check", {**CHECK, "colour": 1})
    request("n_request_unknown_field_policy_list_with_site", "policy_list", SITE)
    request("n_request_unknown_field_in_capitals", "stats", {"SITE": "a"})
    request_raw("n_request_unknown_field_site_stands_twice", "stats", pairs("site", "a", "site", "a"))
    request_raw("n_request_unknown_field_nil_and_then_text", "stats", pairs("site", None, "site", "a"))
    request_raw("n_request_bad_type_key_is_an_integer", "stats", pairs(1, "a"))
    request_raw("n_request_bad_type_key_in_binary", "stats", pairs(b"\xc4\x04site", "a"))
    request_raw("n_request_bad_type_key_is_nil", "stats", pairs(None, "a"))


def types_refused():
    request("n_request_bad_type_site_is_nil", "check", {**CHECK, "site": None})
    request("n_request_bad_type_site_in_binary", "check", {**CHECK, "site": b"a"})
    request("n_request_bad_type_subject_is_an_integer", "check", {**CHECK, "subject": 7})
    request("n_request_bad_type_cookies_is_text", "check", {**CHECK, "cookies": "sessionid"})
    request("n_request_bad_type_cookie_is_nil", "check", {**CHECK, "cookies": ["a", None]})
    request("n_request_bad_type_revision_is_a_float", "check", {**CHECK, "revision": 1.0})
    request("n_request_bad_type_gpc_is_a_float", "check", {**CHECK, "gpc": 1.0})
    request("n_request_bad_type_choices_is_an_array", "record", {**RECORD, "choices": ["statistics"]})
    request("n_request_bad_type_choice_is_an_integer", "record", {**RECORD, "choices": {"statistics": 1}})
    request("n_request_bad_type_choice_is_nil", "record", {**RECORD, "choices": {"statistics": None}})
    request("n_request_bad_type_attribute_is_an_integer", "record", {**RECORD, "attributes": {"n": 1}})
    request("n_request_bad_type_count_is_a_float", "report", {**REPORT, "denied": {"stale": 1.0}})
    request("n_request_bad_type_undeclared_is_an_array", "report", {**REPORT, "undeclared": ["_ga"]})
    request("n_request_bad_type_dry_run_is_an_integer", "policy_apply", {"yaml": "a", "dry_run": 1})


def values_refused():
    request("n_request_invalid_value_subject_is_empty", "check", {**CHECK, "subject": ""})
    request("n_request_invalid_value_site_is_empty", "stats", {"site": ""})
    request("n_request_invalid_value_no_cookies", "check", {**CHECK, "cookies": []})
    request("n_request_invalid_value_cookie_is_empty", "check", {**CHECK, "cookies": ["a", ""]})
    request("n_request_invalid_value_count_is_negative", "report", {**REPORT, "denied": {"stale": -1}})
    request("n_request_invalid_value_undeclared_without_name", "report", {**REPORT, "undeclared": {"": 1}})
    request_raw("n_request_invalid_value_undeclared_stands_twice", "report",
                pairs("site", "a", "undeclared", pairs("x", 1, "x", 1)))
    request("n_request_invalid_value_no_choices", "record", {**RECORD, "choices": {}})
    request("n_request_invalid_value_choice_without_name", "record", {**RECORD, "choices": {"": True}})
    request("n_request_invalid_value_revision_is_negative", "check", {**CHECK, "revision": -1})
    request("n_request_invalid_value_limit_is_0", "history", {**SUBJECT, "limit": 0})
    request("n_request_invalid_value_limit_is_1001", "history", {**SUBJECT, "limit": 1001})
    request("n_request_invalid_value_gpc_is_2", "check", {**CHECK, "gpc": 2})
    request_raw("n_request_invalid_value_choice_stands_twice", "record",
                pairs("site", "a", "subject", "s", "choices", pairs("x", True, "x", False)))
    request_raw("n_request_invalid_value_attribute_stands_twice", "record",
                pairs("site", "a", "subject", "s", "choices", {"x": True},
                      "attributes", pairs("k", "1", "k", "1")))
    for name, text in (("overlong", b"\xa2\xc0\x80"), ("a_surrogate", b"\xa3\xed\xa0\x80"),
                       ("latin_1", b"\xa1\xe9"), ("past_10ffff", b"\xa4\xf4\x90\x80\x80"),
                       ("cut_in_a_character", b"\xa2\xe2\x82")):
        request_raw(f"n_request_invalid_value_site_is_{name}", "stats", pairs("site", text))
    request("n_request_too_large_site_of_254_bytes", "stats", {"site": "s" * 254})
    request("n_request_too_large_subject_of_257_bytes", "check", {**CHECK, "subject": "s" * 257})
    request("n_request_too_large_257_cookies", "check", {**CHECK, "cookies": ["c"] * 257})
    request("n_request_too_large_cookie_of_257_bytes", "check", {**CHECK, "cookies": ["c" * 257]})
    request("n_request_too_large_161_choices", "record",
            {**RECORD, "choices": {f"s{i}": True for i in range(161)}})
    request("n_request_too_large_65_undeclared_names", "report",
            {**REPORT, "undeclared": {f"n{i}": 1 for i in range(65)}})
    request("n_request_too_large_33_reasons", "report",
            {**REPORT, "denied": {f"r{i}": 1 for i in range(33)}})
    request("n_request_too_large_undeclared_name_of_65_bytes", "report",
            {**REPORT, "undeclared": {"n" * 65: 1}})
    request("n_request_too_large_choice_of_65_bytes", "record", {**RECORD, "choices": {"s" * 65: True}})
    request("n_request_too_large_17_attributes", "record",
            {**RECORD, "attributes": {f"a{i}": "" for i in range(17)}})
    request("n_request_too_large_attribute_of_257_bytes", "record",
            {**RECORD, "attributes": {"a": "v" * 257}})


def results():
    decision = {"allowed": True, "reason": "consent_given", "service": "matomo", "max_age": 86400}
    check = {"decisions": [decision, {"allowed": False, "reason": "undeclared_cookie"}],
             "revision": 3, "policy_revision": 1, "ask": False}
    result("y_result_check", check)
    result("y_result_check_of_an_unknown_site", without(check, "policy_revision"))
    result("y_result_check_says_more_than_we_know", {**check, "later": {"deep": [1, [2, 3]]}})
    result("y_result_check_reason_that_we_do_not_know",
           {**check, "decisions": [{"allowed": False, "reason": "moon_phase", "hint": None}]})
    result("n_result_check_without_ask", without(check, "ask"))
    result("n_result_check_ask_is_an_integer", {**check, "ask": 0})
    result("n_result_check_decision_without_allowed",
           {**check, "decisions": [without(decision, "allowed")]})
    result("n_result_check_decision_is_true", {**check, "decisions": [True]})
    result("y_result_show", {"record": {**STATE, "method": "banner", "language": "fr"}})
    result("n_result_show_record_without_bound", {"record": without(STATE, "bound")})
    result("n_result_show_record_is_nil", {"record": None})
    result("y_result_record", {"revision": 3, "event": "given", "record": STATE})
    result("y_result_history_of_nothing", {"events": []})
    result("y_result_history", {"events": [EVENT, {**EVENT, "attributes": {"form": "A"}}]})
    result("y_result_export", {"records": [{"digest": bytes(16), **STATE, "events": [EVENT]}],
                               "next": "00"})
    result("n_result_export_event_without_actor",
           {"records": [{"digest": bytes(16), **STATE, "events": [without(EVENT, "actor")]}]})
    result("y_result_grants", {"decided": bytes(16), "given": bytes(16), "given_until": 0,
                               "refused_until": 0, "floor": 1, "revision": 2, "policy_revision": 1})
    result("n_result_grants_bits_in_text",
           {"decided": "0" * 16, "given": bytes(16), "given_until": 0, "refused_until": 0,
            "floor": 1, "revision": 2, "policy_revision": 1})
    result("y_result_stats", {"counters": {"checks": 2**64 - 1}, "denied": [], "undeclared": []})
    result("y_result_report", {})
    result("n_result_report_is_nil_without_error", None)
    error = {"code": "conflict", "message": "a chain of bindings"}
    result("y_result_bind_an_error", None, error)
    result("y_result_bind_an_error_that_we_do_not_know", None, {**error, "code": "later", "more": [1]})
    raw("y_result_bind_an_error_without_msgid", pack([1, None, error, None]))
    result("n_result_bind_an_error_and_a_result", {"revision": 1}, error)
    result("n_result_bind_an_error_in_text", None, "conflict")
    result("n_result_bind_neither_error_nor_result", None)
    raw("n_result_bind_a_call_instead", pack([0, 1, "bind", [{}]]))


def main(arguments):
    for make in (requests_accepted, requests_in_long_forms, envelopes_refused, bytes_refused,
                 fields_refused, types_refused, values_refused, results):
        make()
    directory = pathlib.Path(arguments[-1])
    if arguments[:1] != ["--check"]:
        for name, data in FRAMES.items():
            (directory / name).write_bytes(data)
        return 0
    found = {p.name: p.read_bytes() for p in directory.glob("*.bin")}
    faults = [f"{name}: {'differs' if name in found else 'is missing'}"
              for name, data in FRAMES.items() if found.get(name) != data]
    faults += [f"{name}: no line makes it" for name in found if name not in FRAMES]
    print("\n".join(sorted(faults)) or f"{len(FRAMES)} frames")
    return bool(faults)


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1:]))
