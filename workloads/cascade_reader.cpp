// Reads cascades: the keys of workloads/variants/*.yaml into a Cascade, whose rules rules.cpp then checks.

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "common/registry.h"
#include "workloads/cascade.h"
#include "workloads/rules.h"
#include "workloads/workload.h"

namespace attnsim::workloads {

namespace {

using common::Yaml;
using Section = Einsum::Section;

constexpr std::int64_t kMaxExtent = std::int64_t{1} << 40;
// Bounds the recursion through operators that call one another.
constexpr std::size_t kMaxOperators = 100;

bool is_name(const std::string& text) {
  const auto is_word = [](char c) { return c == '_' || std::isalnum(static_cast<unsigned char>(c)) != 0; };
  return !text.empty() && std::all_of(text.begin(), text.end(), is_word) &&
         std::isdigit(static_cast<unsigned char>(text[0])) == 0;
}

// YAML takes an unquoted "a: b" for a map and "[...]" for a list.
std::string line(const Yaml& item) {
  if (!item.is_scalar()) {
    item.fail("must be one line of text; put quotes around it where it holds ': ' or begins with a special character");
  }
  return item.text();
}

class Reader {
 public:
  explicit Reader(const Yaml& root) : root_(root) {}

  Cascade read() {
    cascade_.id = root_.at("id").text();
    cascade_.class_name = root_.at("class").text();
    cascade_.source = root_.at("source").text();
    cascade_.provenance = root_.at("provenance").one_of({"confirmed", "from-memory", "abstract-only"});
    root_.text_or("notes", "");
    read_parameters();
    read_ranks();
    read_split();
    read_tensors();
    read_iterate();
    read_operators();
    read_einsums();
    for (Einsum& einsum : cascade_.einsums) index_aliases(einsum.map);
    read_predicate();
    read_storage();
    root_.check_all_read();
    check_predicates(cascade_, places_);
    check_calls(cascade_, places_);
    check_rules(cascade_, places_);
    return std::move(cascade_);
  }

 private:
  void read_ranks() {
    const Yaml ranks = root_.at("ranks");
    if (!ranks.is_map()) ranks.fail("must be a map from ranks to extents, such as {p: queries, m: keys}");
    for (const std::string& rank : ranks.keys()) {
      const Yaml extent = ranks.at(rank);
      check_name(extent, "rank", rank);
      places_["ranks." + rank] = extent.where();
      if (cascade_.parameters.contains(rank)) {
        extent.fail(fmt::format("'{}' names a parameter, too; choose another name", rank));
      }
      cascade_.ranks.emplace_back(rank, extent_of(extent));
    }
  }

  // A number, a quantity, or an expression of them and parameters.
  std::string extent_of(const Yaml& extent) const {
    std::vector<std::string> known = Workload::quantities();
    for (const auto& [name, value] : cascade_.parameters) known.push_back(name);
    if (!extent.is_scalar() || is_name(extent.text())) return extent.one_of(known);
    if (extent.text().find_first_of(" (*+") == std::string::npos) return std::to_string(extent.integer(1, kMaxExtent));
    const IndexExpression expression = parse_index(extent.text(), extent.where());
    for (const std::string& name : names(expression)) {
      if (std::find(known.begin(), known.end(), name) == known.end()) {
        extent.fail(common::unknown_name("quantity or parameter", name, known));
      }
    }
    return to_string(expression);
  }

  void read_split() {
    if (!root_.has("split")) return;
    const Yaml split = root_.at("split");
    if (!split.is_map()) split.fail("must be a map from ranks to their parts, such as {m: [m1, m0]}");
    for (const std::string& rank : split.keys()) {
      const Yaml list = split.at(rank);
      places_["split." + rank] = list.where();
      if (!cascade_.is_rank(rank) || cascade_.base_rank(rank) != rank) {
        std::vector<std::string> known;
        for (const auto& [name, extent] : cascade_.ranks) known.push_back(name);
        list.fail(common::unknown_name("rank", rank, known));
      }
      const std::vector<std::string> parts = list.texts();
      if (parts.size() < 2) list.fail(fmt::format("must name two parts or more (got {})", parts.size()));
      for (const std::string& part : parts) {
        check_name(list, "rank", part);
        const bool repeated = cascade_.is_rank(part) || std::count(parts.begin(), parts.end(), part) > 1;
        if (repeated) list.fail(fmt::format("'{}' names two ranks; choose another name", part));
      }
      cascade_.split[rank] = parts;
    }
  }

  void read_tensors() {
    for (const Yaml& item : root_.at("inputs").items()) {
      const auto [input, value] = parse_input(line(item), item.where());
      if (cascade_.is_input(input.tensor)) item.fail(fmt::format("'{}' is an input twice; drop one", input.tensor));
      places_["inputs." + input.tensor] = item.where();
      if (value) cascade_.defaults[input.tensor] = *value;
      cascade_.inputs.push_back(input);
    }
    read_outputs(root_.at("output"));
    if (!root_.has("metadata")) return;
    for (const Yaml& item : root_.at("metadata").items()) {
      const TensorRef table = parse_tensor_ref(line(item), item.where());
      if (!places_.emplace("metadata." + table.tensor, item.where()).second || cascade_.is_input(table.tensor)) {
        item.fail(fmt::format("'{}' is declared twice; drop one", table.tensor));
      }
      cascade_.metadata.push_back(table);
    }
  }

  void read_outputs(const Yaml& output) {
    places_["output"] = output.where();
    if (!output.is_list()) {
      cascade_.output = parse_tensor_ref(line(output), output.where());
      return;
    }
    std::vector<TensorRef> all;
    for (const Yaml& item : output.items()) {
      all.push_back(parse_tensor_ref(line(item), item.where()));
      const auto same = [&](const TensorRef& one) { return one.tensor == all.back().tensor; };
      if (std::count_if(all.begin(), all.end(), same) > 1) {
        item.fail(fmt::format("'{}' is an output twice; drop one", all.back().tensor));
      }
    }
    if (all.empty()) output.fail("must name a tensor, or tensors, such as [\"AV[p,f]\", \"I[p,j]\"]");
    cascade_.output = all.front();
    cascade_.further_outputs.assign(all.begin() + 1, all.end());
  }

  void read_predicate() {
    if (!root_.has("where")) return;
    const Yaml where = root_.at("where");
    cascade_.predicate = parse_predicate(line(where), where.where());
  }

  void read_storage() {
    if (!root_.has("storage")) return;
    const Yaml storage = root_.at("storage");
    if (!storage.is_map()) storage.fail("must be a map from tensors to types, such as {K: fp8, V: fp8}");
    std::vector<std::string> tensors;
    for (const TensorRef& input : cascade_.inputs) tensors.push_back(input.tensor);
    for (const Einsum& einsum : cascade_.einsums) tensors.push_back(einsum.name);
    std::vector<std::string> types;
    for (const StorageType& type : storage_types()) types.push_back(type.name);
    for (const std::string& tensor : storage.keys()) {
      const Yaml item = storage.at(tensor);
      if (std::find(tensors.begin(), tensors.end(), tensor) == tensors.end()) {
        item.fail(common::unknown_name("tensor", tensor, tensors));
      }
      const StorageType& type = storage_type(item.one_of(types));
      const auto absent = cascade_.defaults.find(tensor);
      if (absent != cascade_.defaults.end() && !type.holds(absent->second)) {
        item.fail(fmt::format("{} has no {}, the value of {} where data leave it out; {}", type.name, absent->second,
                              tensor, values_text(type)));
      }
      cascade_.storage[tensor] = &type;
    }
  }

  void read_iterate() {
    if (!root_.has("iterate")) return;
    const Yaml iterate = root_.at("iterate");
    std::vector<std::string> outermost;
    for (const auto& [rank, extent] : cascade_.ranks) outermost.push_back(cascade_.parts(rank).front());
    cascade_.iterate = iterate.one_of(outermost);
  }

  void read_parameters() {
    if (!root_.has("parameters")) return;
    const Yaml parameters = root_.at("parameters");
    if (!parameters.is_map()) parameters.fail("must be a map from names to numbers, such as {window: 4096}");
    for (const std::string& name : parameters.keys()) {
      const Yaml value = parameters.at(name);
      check_name(value, "parameter", name);
      const std::vector<std::string> quantities = Workload::quantities();
      if (name == "offset" || std::find(quantities.begin(), quantities.end(), name) != quantities.end()) {
        value.fail(fmt::format("'{}' is a quantity of the workload; choose another name", name));
      }
      places_["parameters." + name] = value.where();
      cascade_.parameters[name] = value.number();
    }
  }

  void read_operators() {
    if (!root_.has("operators")) return;
    const Yaml operators = root_.at("operators");
    if (!operators.is_map()) {
      operators.fail("must be a map from names to operators, such as {gelu: {arguments: [x], value: \"...\"}}");
    }
    if (operators.size() > kMaxOperators) {
      operators.fail(fmt::format("must name {} operators at most (got {})", kMaxOperators, operators.size()));
    }
    for (const std::string& name : operators.keys()) {
      const Yaml item = operators.at(name);
      check_name(item, "operator", name);
      places_["operators." + name] = item.where();
      cascade_.operators[name] = read_operator(item);
    }
  }

  static Operator read_operator(const Yaml& item) {
    Operator result;
    const bool maps = item.is_map() && item.has("arguments");
    const bool reduces = item.is_map() && item.has("reduce");
    if (maps == reduces) item.fail("must have either 'arguments' (for a map) or 'reduce' (for a reduction)");
    result.is_reduction = reduces;
    const Yaml arguments = item.at(reduces ? "reduce" : "arguments");
    result.arguments = arguments.texts();
    if (reduces && result.arguments.size() != 2) {
      arguments.fail(
          fmt::format("must name the two values that are combined, such as [a, b] (got {})", result.arguments.size()));
    }
    if (result.arguments.empty()) arguments.fail("must name one argument or more (got none)");
    for (const std::string& argument : result.arguments) {
      check_name(arguments, "argument", argument);
      if (std::count(result.arguments.begin(), result.arguments.end(), argument) > 1) {
        arguments.fail(fmt::format("'{}' is an argument twice; choose another name", argument));
      }
    }
    const Yaml value = item.at("value");
    result.value = parse_expression(line(value), value.where());
    if (reduces) result.identity = item.at("identity").number();
    return result;
  }

  void read_einsums() {
    if (!cascade_.iterate) {
      for (const char* key : {"start", "each", "finish"}) {
        if (root_.has(key)) {
          root_.at(key).fail(
              fmt::format("'{}' needs 'iterate', the rank that is gone through step by step; without it, list all "
                          "Einsums under 'einsums'",
                          key));
        }
      }
      read_section("einsums", Section::kEach);
      return;
    }
    if (root_.has("einsums")) {
      root_.at("einsums").fail("'iterate' is given, so list the Einsums under 'start', 'each' and 'finish'");
    }
    if (root_.has("start")) read_section("start", Section::kStart);
    read_section("each", Section::kEach);
    if (root_.has("finish")) read_section("finish", Section::kFinish);
  }

  void read_section(const std::string& key, Section section) {
    const Yaml list = root_.at(key);
    if (list.is_list() && list.size() == 0) list.fail("must hold one Einsum or more (got none)");
    for (const Yaml& item : list.items()) {
      Einsum einsum = parse_einsum(line(item), item.where());
      einsum.section = section;
      if (!einsum.output.indices.empty()) {
        item.fail(
            fmt::format("{} has an index on the left; write a rank, and what it equals at the end, such as where "
                        "c == I[m]",
                        to_string(einsum.output)));
      }
      if (einsum.reduction) keep_ranks(einsum.reduction->ranks, einsum.reduction_written);
      keep_ranks(einsum.map);
      if (section == Section::kEach && cascade_.iterate) keep_iterated_rank(einsum);
      cascade_.einsums.push_back(std::move(einsum));
    }
  }

  // Of the names in an index, those of parameters and quantities are no ranks.
  void keep_ranks(std::vector<std::string>& ranks, bool written) const {
    const std::vector<std::string> quantities = Workload::quantities();
    if (written) return;
    std::erase_if(ranks, [&](const std::string& name) {
      const bool quantity =
          name == "offset" || std::find(quantities.begin(), quantities.end(), name) != quantities.end();
      return !cascade_.is_rank(name) && (quantity || cascade_.parameters.contains(name));
    });
  }
  void keep_ranks(Expression& expression) const {
    if (!expression.tensor.indices.empty()) keep_ranks(expression.tensor.ranks, false);
    for (Expression& argument : expression.arguments) keep_ranks(argument);
  }

  // A reference that runs along a tensor's rank with another rank of the same extent indexes it.
  void index_aliases(Expression& expression) const {
    TensorRef& reference = expression.tensor;
    if (expression.kind == Expression::Kind::kTensor && reference.indices.empty() && is_alias(reference)) {
      for (const std::string& rank : reference.ranks) {
        IndexExpression index;
        index.kind = IndexExpression::Kind::kName;
        index.name = rank;
        reference.indices.push_back(index);
      }
    }
    for (Expression& argument : expression.arguments) index_aliases(argument);
  }

  bool is_alias(const TensorRef& reference) const {
    const TensorRef* declared = cascade_.declared(reference.tensor);
    if (declared == nullptr || declared->ranks.size() != reference.ranks.size()) return false;
    if (declared->ranks == reference.ranks) return false;
    for (std::size_t i = 0; i < reference.ranks.size(); ++i) {
      if (reference.ranks[i] == declared->ranks[i]) continue;
      const auto extent = [&](const std::string& rank) {
        const auto found = std::find_if(cascade_.ranks.begin(), cascade_.ranks.end(),
                                        [&](const auto& known) { return known.first == rank; });
        return found == cascade_.ranks.end() ? "" : found->second;
      };
      const std::string own = extent(reference.ranks[i]);
      if (own.empty() || own != extent(declared->ranks[i]) || cascade_.split.contains(reference.ranks[i])) return false;
    }
    return true;
  }

  // Within a step the iterated rank is fixed, so a sum that nobody wrote does not run over it.
  void keep_iterated_rank(Einsum& einsum) const {
    const bool implied = einsum.reduction && !einsum.reduction_written;
    if (!implied) return;
    std::erase(einsum.reduction->ranks, *cascade_.iterate);
    if (einsum.reduction->ranks.empty()) einsum.reduction.reset();
  }

  static void check_name(const Yaml& at, const std::string& kind, const std::string& name) {
    if (!is_name(name)) {
      at.fail(fmt::format("a {}'s name is made of letters, digits and '_' and does not begin with a digit (got '{}')",
                          kind, name));
    }
  }

  Yaml root_;
  Cascade cascade_;
  Places places_;
};

Cascade read(const Yaml& root, const std::string& text, std::string* expanded) {
  if (!root.is_map()) root.fail("must be a map with id, class, source, provenance, ranks, inputs, output and Einsums");
  Cascade cascade = Reader(root).read();
  cascade.title = common::title_of(text);
  if (expanded != nullptr) *expanded = root.dump();
  return cascade;
}

}  // namespace

std::filesystem::path variants() { return common::data_root() / "workloads" / "variants"; }

Cascade read_cascade(const std::string& name_or_file, const std::vector<common::Override>& overrides,
                     std::string* expanded) {
  const std::filesystem::path file = common::find_preset("attention variant", variants(), name_or_file);
  const Yaml root = Yaml::load(file, overrides, variants());
  return read(root, common::text_of(file), expanded);
}

Cascade parse_cascade(const std::string& text, const std::string& name, const std::vector<common::Override>& overrides,
                      std::string* expanded) {
  return read(Yaml::parse(text, name, overrides), text, expanded);
}

}  // namespace attnsim::workloads
