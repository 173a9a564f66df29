// A device of a system as a roofline: peak rates, memory, links, price and power.
// arch/devices/*.yaml hold the shipped ones; arch/README.md documents every key.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "common/yaml.h"

namespace attnsim::arch {

struct Device {
  std::string name;
  double flops_per_second = 0;  // dense, in the precision of the model; a MACC is two
  std::int64_t memory_bytes = 0;
  double memory_bytes_per_second = 0;
  double link_bytes_per_second = 0;     // to devices of the same machine, one way
  double network_bytes_per_second = 0;  // to other machines, one way; 0: as the system's network
  double dollars_per_hour = 0;
  double watts = 0;
};

std::filesystem::path devices();  // the folder of the shipped ones

// A device's name or a YAML file. Throws common::InputError.
Device read_device(const std::string& name_or_file, const std::vector<common::Override>& overrides = {});

// A finite number above 0 (of at least 0 unless `positive`) under `key`; throws InputError at it.
double read_quantity(const common::Yaml& yaml, const std::string& key, bool positive = true);

}  // namespace attnsim::arch
