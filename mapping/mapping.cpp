// Reads a mapping: names checked against the cascade, sizes resolved against the architecture, one case picked.
#include "mapping/mapping.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "common/registry.h"

namespace attnsim::mapping {
namespace {

using common::Yaml;

bool contains(const std::vector<std::string>& list, const std::string& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

class Reader {
 public:
  Reader(const workloads::Cascade& cascade, const workloads::Workload& workload, const arch::Architecture& architecture)
      : workload_(workload), architecture_(architecture) {
    for (const workloads::Einsum& einsum : cascade.einsums) {
      if (!cascade.is_first_value(einsum)) einsums_.push_back(einsum.name);
    }
    tensors_ = einsums_;
    for (const workloads::TensorRef& input : cascade.inputs) tensors_.push_back(input.tensor);
    for (const auto& [rank, quantity] : cascade.ranks) ranks_.push_back(rank);
  }

  Mapping read(const Yaml& root) {
    Mapping mapping;
    mapping.where = root.where();
    mapping.name = root.at("name").text();
    mapping.attention = root.text_or("attention", "");
    mapping.separate_subtract = root.boolean_or("separate_subtract", false);
    if (root.has("groups")) {
      for (const Yaml& item : root.at("groups").items()) mapping.groups.push_back(read_group(item, false));
    } else {
      mapping.groups.push_back(read_group(root, true));
    }
    for (std::size_t a = 0; a < mapping.groups.size(); ++a) {
      for (std::size_t b = 0; b < a; ++b) check_disjoint(root, mapping.groups[a], mapping.groups[b]);
    }
    root.check_all_read();
    return mapping;
  }

 private:
  static void check_disjoint(const Yaml& root, const Group& a, const Group& b) {
    for (const std::string& einsum : a.einsums) {
      if (contains(b.einsums, einsum))
        root.at("groups").fail(fmt::format("{} is in two groups; name it in one", einsum));
    }
  }

  Group read_group(const Yaml& node, bool alone) {
    Group group;
    group.where = node.where();
    if (!node.has("fuse") || (node.at("fuse").is_scalar() && node.at("fuse").text() == "all")) {
      if (!alone) node.at("fuse").fail("must be a list of Einsums (got all); `all` stands in a mapping without groups");
      group.einsums = einsums_;
      (void)node.text_or("fuse", "all");
    } else {
      const std::vector<std::string> named = names(node.at("fuse"), einsums_, "Einsum");
      std::copy_if(einsums_.begin(), einsums_.end(), std::back_inserter(group.einsums),
                   [&](const std::string& einsum) { return contains(named, einsum); });
    }
    read_keys(node, group);
    if (node.has("cases")) pick_case(node.at("cases"), group);
    if (group.loops.empty()) (void)node.at("loops");
    return group;
  }

  void read_keys(const Yaml& node, Group& group) {
    if (node.has("tile")) read_tile(node.at("tile"), group);
    if (node.has("loops")) read_loops(node.at("loops"), group);
    if (node.has("spatial")) group.spatial = read_spatial(node.at("spatial"));
    if (node.has("spatial_of")) {
      const Yaml own = node.at("spatial_of");
      for (const std::string& einsum : own.keys()) {
        check_name(own.at(einsum), einsum, einsums_, "Einsum");
        group.spatial_of[einsum] = read_spatial(own.at(einsum));
      }
    }
    if (node.has("place")) read_place(node.at("place"), group);
    if (node.has("keep")) group.keep = names(node.at("keep").at("buffer"), tensors_, "tensor");
    if (node.has("block")) group.block = names(node.at("block"), tensors_, "tensor");
    if (node.has("stream")) group.stream = names(node.at("stream"), tensors_, "tensor");
    if (node.has("offchip")) group.offchip = names(node.at("offchip"), einsums_, "Einsum");
    if (node.has("interleave")) {
      group.interleave.clear();
      for (const Yaml& item : node.at("interleave").items()) {
        group.interleave.push_back(names(item, einsums_, "Einsum"));
        check_interleave(item, group);
      }
    }
    if (node.has("look_ahead")) {
      const Yaml value = node.at("look_ahead");
      group.look_ahead.reset();
      if (value.text() != "auto") group.look_ahead = value.integer(0, 4096);
    }
    group.barrier = node.boolean_or("barrier", group.barrier);
    group.spill = node.boolean_or("spill", group.spill);
    if (node.has("buffer_bytes")) group.buffer_bytes = node.at("buffer_bytes").integer(1, std::int64_t{1} << 50);
  }

  static void check_interleave(const Yaml& item, const Group& group) {
    const auto& pair = group.interleave.back();
    if (pair.size() < 2) item.fail("must name at least two Einsums; they are issued element by element");
    for (const std::string& einsum : pair) {
      if (contains(group.on_2d, einsum)) {
        item.fail(fmt::format("{} runs on array_2d; only Einsums of the 1D array interleave", einsum));
      }
      for (std::size_t other = 0; other + 1 < group.interleave.size(); ++other) {
        if (contains(group.interleave[other], einsum)) item.fail(fmt::format("{} interleaves twice", einsum));
      }
    }
  }

  // Sizes pick the nearest entry by ratio; lengths the shortest one that is not below the workload's.
  void pick_case(const Yaml& cases, Group& group) {
    const std::vector<Yaml> entries = cases.items();
    std::vector<std::pair<std::vector<double>, std::size_t>> order;
    for (std::size_t index = 0; index < entries.size(); ++index) {
      const Yaml when = entries[index].at("when");
      std::vector<double> rank;
      for (const std::string& quantity : when.keys()) {
        check_name(when.at(quantity), quantity, workloads::Workload::quantities(), "quantity");
        const auto wanted = static_cast<double>(when.at(quantity).integer(1, std::int64_t{1} << 40));
        const auto ours = static_cast<double>(workload_.extent(quantity));
        const bool is_length = quantity == "keys" || quantity == "queries";
        const double ratio = std::log(wanted / ours);
        rank.push_back(is_length && ratio < 0 ? 1e3 - ratio : std::abs(ratio));
      }
      order.emplace_back(rank, index);
      Group trial = group;
      read_keys(entries[index], trial);
    }
    if (order.empty()) cases.fail("is empty; list at least one case, or leave the key out");
    read_keys(entries[std::min_element(order.begin(), order.end())->second], group);
  }

  void read_tile(const Yaml& node, Group& group) {
    for (const std::string& name : node.keys()) {
      const Yaml value = node.at(name);
      check_loop_name(value, name, "01");
      group.tile[name] = read_size(value);
    }
  }

  TileSize read_size(const Yaml& value) {
    if (value.is_map()) return {TileSize::Rule::kFitBuffer, value.at("at_most").integer(1, std::int64_t{1} << 40)};
    const std::string text = value.text();
    if (text == "fit_buffer") return {TileSize::Rule::kFitBuffer, 0};
    if (text == "all") return {TileSize::Rule::kAll, 0};
    if (text == "array_2d.rows") return {TileSize::Rule::kNumber, architecture_.array_2d.rows};
    if (text == "array_2d.columns") return {TileSize::Rule::kNumber, architecture_.array_2d.columns};
    if (text == "array_1d.lanes") return {TileSize::Rule::kNumber, architecture_.array_1d.lanes};
    if (!common::parse_integer(text)) {
      value.fail(fmt::format(
          "must be a number, all, fit_buffer, array_2d.rows, array_2d.columns or array_1d.lanes (got {})", text));
    }
    return {TileSize::Rule::kNumber, value.integer(1, std::int64_t{1} << 40)};
  }

  void read_loops(const Yaml& node, Group& group) {
    group.loops = node.texts();
    for (const std::string& name : group.loops) {
      if (name != "batch" && name != "head" && name != "kv_head" && name != "pass") check_loop_name(node, name, "12");
      if (std::count(group.loops.begin(), group.loops.end(), name) > 1)
        node.fail(fmt::format("{} is there twice", name));
    }
    for (auto loop = group.loops.begin(); loop != group.loops.end(); ++loop) {
      const std::string inner = loop->substr(0, loop->size() - 1) + "1";
      if (loop->back() == '2' && std::find(loop, group.loops.end(), inner) == group.loops.end()) {
        node.fail(fmt::format("{} counts blocks of {}; put {} inside it", *loop, inner, inner));
      }
    }
    if (!contains(group.loops, "batch")) node.fail("batch is missing; every sequence of the batch must run");
    if (contains(group.loops, "head") == contains(group.loops, "kv_head"))
      node.fail("must have one of head and kv_head; every head of the batch must run");
  }

  // "m0", "p1", "p2": a declared rank and a level.
  void check_loop_name(const Yaml& node, const std::string& name, const std::string& levels) const {
    if (name.size() >= 2 && levels.find(name.back()) != std::string::npos &&
        contains(ranks_, name.substr(0, name.size() - 1))) {
      return;
    }
    std::vector<std::string> known;
    for (const std::string& rank : ranks_) {
      for (const char level : levels) known.push_back(rank + level);
    }
    node.fail(common::unknown_name("loop or tile", name, known));
  }

  Spatial read_spatial(const Yaml& node) const {
    Spatial spatial;
    spatial.rows = read_tile_rank(node, "rows");
    spatial.columns = read_tile_rank(node, "columns");
    if (node.has("lanes")) {
      spatial.lanes = node.at("lanes").texts();
      for (const std::string& lane : spatial.lanes) check_tile_rank(node.at("lanes"), lane);
    }
    return spatial;
  }

  std::string read_tile_rank(const Yaml& node, const std::string& key) const {
    if (!node.has(key)) return "";
    const std::string name = node.at(key).text();
    check_tile_rank(node.at(key), name);
    return name;
  }

  void check_tile_rank(const Yaml& node, const std::string& name) const {
    if (!contains(ranks_, name)) check_loop_name(node, name, "0");
  }

  void read_place(const Yaml& node, Group& group) {
    std::vector<std::string> on_1d;
    bool others_2d = false;
    bool others_1d = false;
    group.on_2d.clear();
    for (const char* unit : {"array_2d", "array_1d"}) {
      if (!node.has(unit)) continue;
      const Yaml value = node.at(unit);
      const bool is_2d = std::string(unit) == "array_2d";
      if (value.is_scalar()) {
        (void)value.one_of({"others"});
        (is_2d ? others_2d : others_1d) = true;
      } else {
        (is_2d ? group.on_2d : on_1d) = names(value, einsums_, "Einsum");
      }
    }
    if (others_1d && others_2d) node.fail("others can stand for one array only");
    for (const std::string& einsum : group.einsums) {
      const bool named_2d = contains(group.on_2d, einsum);
      const bool named_1d = contains(on_1d, einsum);
      if (named_2d && named_1d) node.fail(fmt::format("{} is placed on both arrays", einsum));
      if (named_2d || named_1d) continue;
      if (!others_1d && !others_2d) node.fail(fmt::format("{} is placed nowhere; add `array_1d: others`", einsum));
      if (others_2d) group.on_2d.push_back(einsum);
    }
  }

  std::vector<std::string> names(const Yaml& node, const std::vector<std::string>& known, const char* kind) const {
    const std::vector<std::string> result = node.texts();
    for (const std::string& name : result) check_name(node, name, known, kind);
    return result;
  }

  void check_name(const Yaml& node, const std::string& name, const std::vector<std::string>& known,
                  const std::string& kind) const {
    if (!contains(known, name)) node.fail(common::unknown_name(kind, name, known));
  }

  const workloads::Workload& workload_;
  const arch::Architecture& architecture_;
  std::vector<std::string> einsums_;
  std::vector<std::string> tensors_;
  std::vector<std::string> ranks_;
};

}  // namespace

std::filesystem::path presets() { return common::data_root() / "mapping" / "presets"; }

Mapping read_mapping(const std::string& name_or_file, const workloads::Cascade& cascade,
                     const workloads::Workload& workload, const arch::Architecture& architecture,
                     const std::vector<common::Override>& overrides, std::string* expanded) {
  const Yaml root = Yaml::load(common::find_preset("mapping", presets(), name_or_file), overrides, presets());
  if (expanded) *expanded = root.dump();
  return Reader(cascade, workload, architecture).read(root);
}

Mapping parse_mapping(const std::string& text, const std::string& source, const workloads::Cascade& cascade,
                      const workloads::Workload& workload, const arch::Architecture& architecture,
                      const std::vector<common::Override>& overrides, std::string* expanded) {
  const Yaml root = Yaml::parse(text, source, overrides);
  if (expanded) *expanded = root.dump();
  return Reader(cascade, workload, architecture).read(root);
}

std::string default_attention(const std::string& name_or_file, const std::vector<common::Override>& overrides) {
  return Yaml::load(common::find_preset("mapping", presets(), name_or_file), overrides, presets())
      .text_or("attention", "");
}

}  // namespace attnsim::mapping
