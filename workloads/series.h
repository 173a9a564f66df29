// A series: attentions that follow one another, and what one hands to the next. Control above the cascade, as data:
// the layers of a model whose index lists are shared, the tokens of a decode that keep a selection, and exits.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/yaml.h"
#include "workloads/index_expression.h"
#include "workloads/workload.h"

namespace attnsim::workloads {

// One attention, several times over.
struct Step {
  std::string name;
  std::string attention;                // a variant, or a file: NAME.yaml, relative to the series' file
  std::optional<std::int64_t> times;    // none: all layers that are left
  std::vector<std::string> gives;       // outputs of the cascade that later steps take
  std::vector<std::string> takes;       // inputs of the cascade, as the last step that gives them left them
  std::optional<IndexExpression> keys;  // how many the step sees, where it is not all of the workload's
  std::optional<IndexExpression> queries;
  // An output of the cascade. After the first repetition in which none of its values is 0 or less, the series goes on
  // with the next step.
  std::string exits;
  std::optional<std::int64_t> exits_after;  // repetitions, stated where no data say them
  common::Location where;
};

struct Series {
  enum class Over { kLayers, kTokens };
  std::string id;
  std::string class_name;
  std::string source;
  std::string provenance;  // confirmed, from-memory, abstract-only
  std::string title;       // the file's first comment line
  Over over = Over::kLayers;
  std::vector<Step> steps;
};

std::filesystem::path series_folder();

// Whether --attention names a series: a preset of series_folder(), or a file with `steps`.
bool is_series(const std::string& name_or_file);

// Reads and checks a series. Rules: a tensor is given before it is taken, and taken after it is given; names of steps
// are unique; only layers have a rest; a step that takes has no exit by data; a step comes after a rest only where that
// can be left by its exit.
Series read_series(const std::string& name_or_file, const std::vector<common::Override>& overrides = {},
                   std::string* expanded = nullptr);
Series parse_series(const std::string& text, const std::string& name,
                    const std::vector<common::Override>& overrides = {}, std::string* expanded = nullptr);

// The workload as the step sees it. Throws InputError for fewer than one query or key.
Workload workload_of(const Step& step, const Workload& workload);

// How often the steps run: `exited(step)` is asked for those with `exits` and without `exits_after`, with the number of
// repetitions that are left, and says after how many of them the step exits, or nothing. Throws InputError where a
// model has not as many layers as the series, or more.
using Exited = std::function<std::optional<std::int64_t>(std::size_t step, std::int64_t left)>;
std::vector<std::int64_t> repetitions(const Series& series, const Workload& workload, const Exited& exited);

}  // namespace attnsim::workloads
