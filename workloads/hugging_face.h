// Hugging Face's config.json as a workload: the keys of the known model families, each with the line it came from.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "common/yaml.h"

namespace attnsim::workloads {

// Whether a document is a Hugging Face configuration: it names a model_type or its architectures.
bool is_hugging_face(const common::Yaml& document);

// The keys of a workload file that follow from a configuration. Each is an override whose source is "file:line" of the
// configuration, so that errors lead there. Keys that say nothing about attention's shape are ignored. Throws
// InputError where a key of the model's family is missing, or of the wrong type or range.
// Simplified: sliding windows, mixtures of experts and an encoder-decoder's decoder are left out; of T5 it is the
// encoder's self-attention.
std::vector<common::Override> from_hugging_face(const common::Yaml& config, const std::filesystem::path& file);

// Throws InputError with the line of the first syntax error where the file's text is no JSON.
void check_json(const std::filesystem::path& file);

}  // namespace attnsim::workloads
