// Reads series: the keys of workloads/series/*.yaml, and their rules.
#include "workloads/series.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "common/error.h"
#include "common/registry.h"
#include "workloads/cascade.h"
#include "workloads/predicate.h"

namespace attnsim::workloads {
namespace {

using common::InputError;
using common::Yaml;

constexpr std::int64_t kMaxTimes = 1'000'000;

bool contains(const std::vector<std::string>& list, const std::string& name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

std::optional<IndexExpression> length_of(const Yaml& step, const std::string& key) {
  if (!step.has(key)) return std::nullopt;
  const Yaml item = step.at(key);
  IndexExpression length = parse_index(item.text(), item.where());
  const std::vector<std::string> known = {"keys", "queries"};
  for (const std::string& name : names(length)) {
    if (!contains(known, name)) item.fail(common::unknown_name("quantity", name, known));
  }
  return length;
}

Step read_step(const Yaml& item, Series::Over over) {
  Step step;
  step.where = item.where();
  step.attention = item.at("attention").text();
  step.name = item.text_or("name", step.attention);
  if (item.has("times") && item.at("times").text() == "rest") {
    if (over == Series::Over::kTokens) item.at("times").fail("tokens have no rest; give a number");
  } else {
    step.times = item.integer_or("times", 1, 1, kMaxTimes);
  }
  if (item.has("gives")) step.gives = item.at("gives").texts();
  if (item.has("takes")) step.takes = item.at("takes").texts();
  step.keys = length_of(item, "keys");
  step.queries = length_of(item, "queries");
  step.exits = item.text_or("exits", "");
  if (item.has("exits_after")) {
    if (step.exits.empty()) item.at("exits_after").fail("needs 'exits', the output that decides where no number does");
    step.exits_after = item.at("exits_after").integer(1, kMaxTimes);
  }
  return step;
}

void check_rules(const Series& series) {
  std::set<std::string> step_names;
  std::set<std::string> given;
  for (const Step& step : series.steps) {
    if (!step_names.insert(step.name).second) {
      throw InputError(step.where, fmt::format("two steps are named '{}'; give one another name", step.name));
    }
    for (const std::string& tensor : step.takes) {
      if (!given.contains(tensor)) {
        throw InputError(step.where,
                         fmt::format("takes {}, which no step before it gives; the steps before give {}", tensor,
                                     given.empty() ? "nothing" : fmt::format("{}", fmt::join(given, ", "))));
      }
    }
    if (!step.takes.empty() && !step.exits.empty() && !step.exits_after) {
      throw InputError(step.where,
                       fmt::format("exits by {}, but takes what only a run makes; give 'exits_after'", step.exits));
    }
    given.insert(step.gives.begin(), step.gives.end());
    const bool is_last = &step == &series.steps.back();
    if (!step.times && step.exits.empty() && !is_last) {
      throw InputError(step.where,
                       "takes all layers that are left, so that no step can follow it; give 'times' or 'exits'");
    }
    for (const std::string& tensor : step.gives) {
      const auto takes = [&](const Step& later) { return &later > &step && contains(later.takes, tensor); };
      if (std::none_of(series.steps.begin(), series.steps.end(), takes)) {
        throw InputError(step.where, fmt::format("gives {}, which no later step takes; drop it", tensor));
      }
    }
  }
}

Series read(const Yaml& root, const std::string& text, std::string* expanded) {
  Series series;
  series.title = common::title_of(text);
  series.id = root.at("id").text();
  series.class_name = root.at("class").text();
  series.source = root.at("source").text();
  series.provenance = root.at("provenance").one_of({"confirmed", "from-memory", "abstract-only"});
  root.text_or("notes", "");
  const std::string over = root.at("over").one_of({"layers", "tokens"});
  series.over = over == "layers" ? Series::Over::kLayers : Series::Over::kTokens;
  for (const Yaml& item : root.at("steps").items()) series.steps.push_back(read_step(item, series.over));
  if (series.steps.empty()) root.at("steps").fail("must have at least one step");
  root.check_all_read();
  check_rules(series);
  if (expanded != nullptr) *expanded = root.dump();
  return series;
}

}  // namespace

std::filesystem::path series_folder() { return common::data_root() / "workloads" / "series"; }

bool is_series(const std::string& name_or_file) {
  if (contains(common::preset_names(series_folder()), name_or_file)) return true;
  if (contains(common::preset_names(variants()), name_or_file) || !std::filesystem::is_regular_file(name_or_file)) {
    return false;
  }
  try {
    const Yaml root = Yaml::load(name_or_file, {}, series_folder());
    return root.is_map() && root.has("steps");
  } catch (const common::InputError&) {
    // What is wrong with it, its reader says. A cascade's base is no series.
    return ("\n" + common::text_of(name_or_file)).find("\nsteps:") != std::string::npos;
  }
}

Series read_series(const std::string& name_or_file, const std::vector<common::Override>& overrides,
                   std::string* expanded) {
  const std::filesystem::path file = common::find_preset("series", series_folder(), name_or_file);
  Series series = read(Yaml::load(file, overrides, series_folder()), common::text_of(file), expanded);
  for (Step& step : series.steps) {
    if (step.attention.ends_with(".yaml")) step.attention = (file.parent_path() / step.attention).string();
  }
  return series;
}

Series parse_series(const std::string& text, const std::string& name, const std::vector<common::Override>& overrides,
                    std::string* expanded) {
  return read(Yaml::parse(text, name, overrides), text, expanded);
}

Workload workload_of(const Step& step, const Workload& workload) {
  const std::map<std::string, std::int64_t> values = {{"keys", workload.kv_len}, {"queries", workload.seq_len}};
  const auto length = [&](const std::optional<IndexExpression>& expression, const std::string& key, std::int64_t all) {
    if (!expression) return all;
    const std::int64_t own = BoundPredicate({*expression, step.where}, {}, values).value({});
    if (own < 1 || own > all) {
      throw InputError(step.where, fmt::format("{}: {} is {} of {}; a step sees 1 to all of them", key,
                                               to_string(*expression), own, all));
    }
    return own;
  };
  Workload own = workload;
  own.kv_len = length(step.keys, "keys", workload.kv_len);
  own.seq_len = length(step.queries, "queries", workload.seq_len);
  return own;
}

std::vector<std::int64_t> repetitions(const Series& series, const Workload& workload, const Exited& exited) {
  const bool over_layers = series.over == Series::Over::kLayers;
  std::int64_t left = over_layers ? workload.layers : kMaxTimes * static_cast<std::int64_t>(series.steps.size());
  std::vector<std::int64_t> result;
  for (std::size_t index = 0; index < series.steps.size(); ++index) {
    const Step& step = series.steps[index];
    std::int64_t times = step.times.value_or(left);
    if (times > left || left == 0) {
      throw InputError(step.where, fmt::format("takes {}, but {} of the {} layers of {} are left",
                                               step.times ? fmt::format("{} layers", times) : "the rest", left,
                                               workload.layers, workload.name));
    }
    if (step.exits_after) {
      times = std::min(times, *step.exits_after);
    } else if (!step.exits.empty()) {
      times = std::min(times, exited(index, times).value_or(times));
    }
    left -= times;
    result.push_back(times);
  }
  if (over_layers && left > 0) {
    throw InputError(series.steps.back().where,
                     fmt::format("the steps take {} of the {} layers of {}; let the last take "
                                 "the rest with 'times: rest'",
                                 workload.layers - left, workload.layers, workload.name));
  }
  return result;
}

}  // namespace attnsim::workloads
