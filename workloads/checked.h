// What is known of the shipped variants beside their cascades: which ran as their oracles say (checked.yaml, written by
// tests/sim/rows/record.py), and which attentions of the literature have no cascade (not_modelled.yaml).
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace attnsim::workloads {

struct CheckedVariant {
  std::string text;               // the fingerprint of its file when it ran
  std::vector<std::string> runs;  // "tiny-16x16 prefill"
};

// By name. Throws common::InputError for a record that is missing or has another form.
std::map<std::string, CheckedVariant> checked_variants();

// Of a shipped variant's file and of those that it is based on: 64 bits of FNV-1a, as 16 hexadecimal digits.
std::string fingerprint(const std::string& variant);

struct NotModelled {
  std::string class_name;
  std::string source;
  std::string reason;
};

std::map<std::string, NotModelled> not_modelled();  // by name; throws likewise

}  // namespace attnsim::workloads
