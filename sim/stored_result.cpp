// Reads the keys `arch`, `actions`, `transfers` and `seconds` of a result's JSON; all others do not matter.
#include "sim/stored_result.h"

#include <array>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "common/error.h"
#include "common/registry.h"

namespace attnsim::sim {

namespace {

using StoredJson = nlohmann::ordered_json;

// A value with the path of keys that led to it.
class Node {
 public:
  Node(const StoredJson& value, std::string file, std::string path)
      : value_(value), file_(std::move(file)), path_(std::move(path)) {}

  Node at(const std::string& key) const {
    if (!value_.is_object()) fail("must be an object");
    const auto found = value_.find(key);
    if (found == value_.end()) fail("missing key '" + key + "'; simulate the run again to have it");
    return {*found, file_, path_.empty() ? key : path_ + "." + key};
  }

  std::int64_t count() const {
    if (!value_.is_number_unsigned() || value_.get<std::uint64_t>() > std::uint64_t{INT64_MAX}) {
      fail("must be a whole number of at least 0 (got " + value_.dump() + ")");
    }
    return value_.get<std::int64_t>();
  }

  double seconds() const {
    if (!value_.is_number() || value_.get<double>() < 0)
      fail("must be a number of at least 0 (got " + value_.dump() + ")");
    return value_.get<double>();
  }

  std::string text() const {
    if (!value_.is_string()) fail("must be a text (got " + value_.dump() + ")");
    return value_.get<std::string>();
  }

  const StoredJson& value() const { return value_; }
  [[noreturn]] void fail(const std::string& what) const { throw common::InputError({file_, 0, path_}, what); }

 private:
  const StoredJson& value_;
  std::string file_;
  std::string path_;
};

StoredJson parse(const std::filesystem::path& file) {
  const std::string shown = common::shown_file(file);
  std::ifstream stream(file, std::ios::binary);
  if (!stream || std::filesystem::is_directory(file)) throw common::InputError({shown, 0, ""}, "no such file");
  try {
    return StoredJson::parse(stream);
  } catch (const StoredJson::parse_error& error) {
    throw common::InputError({shown, 0, ""}, "not JSON (byte " + std::to_string(error.byte) + ")");
  }
}

ArrayActions read_array(const Node& node) {
  ArrayActions actions;
  actions.register_reads = node.at("register_reads").count();
  actions.register_writes = node.at("register_writes").count();
  for (const auto& [key, value] : node.value().items()) {
    if (key != "register_reads" && key != "register_writes") actions.results[key] = node.at(key).count();
  }
  return actions;
}

// The result's `arch` has the keys of an architecture file beside a few that repeat them.
arch::Architecture read_arch(const Node& node) {
  StoredJson document = StoredJson::object();
  for (const std::string key :
       {"name", "clock_hz", "word_bits", "array_2d", "array_1d", "links", "buffer", "dram", "energy_table"}) {
    document[key] = node.at(key).value();
  }
  for (const std::string key : {"gather", "select"}) {
    if (node.value().contains(key)) document[key] = node.at(key).value();
  }
  return arch::parse_architecture(document.dump(), "arch of the result");
}

}  // namespace

StoredResult read_stored_result(const std::filesystem::path& file) {
  const StoredJson json = parse(file);
  const Node root(json, common::shown_file(file), "");
  if (json.is_array()) root.fail("has several results; give a file with one");
  StoredResult stored;
  stored.architecture = read_arch(root.at("arch"));
  const Node actions = root.at("actions");
  stored.inputs.actions.array_2d = read_array(actions.at("array_2d"));
  stored.inputs.actions.array_1d = read_array(actions.at("array_1d"));
  stored.inputs.actions.buffer_row_reads = actions.at("buffer").at("row_reads").count();
  stored.inputs.actions.buffer_row_writes = actions.at("buffer").at("row_writes").count();
  stored.inputs.actions.dram_read_bits = actions.at("dram").at("read_bits").count();
  stored.inputs.actions.dram_write_bits = actions.at("dram").at("write_bits").count();
  stored.inputs.actions.link_hops = actions.at("links").at("hops").count();
  stored.inputs.seconds = root.at("seconds").seconds();
  IntermediateTransfers transfers;
  const Node list = root.at("transfers");
  if (!list.value().is_array()) list.fail("must be a list");
  for (const auto& entry : list.value()) {
    const Node transfer(entry, common::shown_file(file), "transfers");
    transfers.add(transfer.at("name").text(), transfer.at("bytes").count());
  }
  transfers.count(stored.architecture.buffer, stored.inputs);
  return stored;
}

}  // namespace attnsim::sim
