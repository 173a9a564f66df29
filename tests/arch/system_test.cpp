// Reading systems and devices: every shipped one, and what is wrong with others.
#include "arch/system.h"

#include <gtest/gtest.h>

#include "common/error.h"
#include "common/registry.h"

namespace attnsim::arch {
namespace {

std::string message(const std::string& name, const std::string& path, const std::string& value) {
  try {
    read_system(name, {{path, value, "--set system." + path + "=" + value}});
  } catch (const common::InputError& error) {
    return error.what();
  }
  return "";
}

TEST(System, EveryShippedOneAndEveryDeviceIsRead) {
  for (const auto& name : common::preset_names(systems())) {
    EXPECT_EQ(read_system(name).name, name);
    EXPECT_GT(read_system(name).dollars_per_hour(), 0);
  }
  for (const auto& name : common::preset_names(devices())) EXPECT_EQ(read_device(name).name, name);
}

TEST(System, CostsWhatItsDevicesCost) {
  EXPECT_NEAR(read_system("lamina-33b").dollars_per_hour(), 11.06 + 2 * 4.63, 1e-9);
  EXPECT_NEAR(read_system("vllm-4xh100").dollars_per_hour(), 4 * 11.06, 1e-9);
  const System rotating = read_system("lamina-65b", {{"replicas", "3", "test"}});
  EXPECT_NEAR(rotating.dollars_per_hour(), 6 * 11.06 + 4 * 4.63, 1e-9);
  EXPECT_NEAR(rotating.watts(), 6 * 700 + 4 * 400, 1e-9);
}

TEST(System, TheNetworkIsNoFasterThanTheDevicesOfEitherGroupTogether) {
  const auto rate = [](const std::string& count) {
    const System system =
        read_system("lamina-33b", {{"attention.device", "rtx4090", "test"}, {"attention.count", count, "test"}});
    return system.network.bytes_per_second;
  };
  EXPECT_EQ(rate("1"), 12.5e9);
  EXPECT_EQ(rate("4"), 23e9);
  EXPECT_EQ(read_system("h100-fusemax").network.bytes_per_second, 23e9);
}

TEST(System, AnArchitectureAttendsWithItsOwnRates) {
  const System system = read_system("h100-fusemax");
  EXPECT_EQ(system.accelerator, "fusemax-cloud");
  EXPECT_DOUBLE_EQ(system.attention->device.flops_per_second, 2.0 * 65536 * 940e6);
  EXPECT_DOUBLE_EQ(system.attention->device.memory_bytes_per_second, 400.0 * 1024 * 1024 * 1024);
}

TEST(System, WhatIsWrongIsSaidWithItsPlace) {
  EXPECT_EQ(message("lamina-33b", "software.memory_share", "1.5"),
            "--set system.software.memory_share=1.5: software.memory_share: must be at most 1 (got 1.5)");
  EXPECT_EQ(message("lamina-33b", "attention.count", "0"),
            "--set system.attention.count=0: attention.count: must be a whole number from 1 to 65536 (got 0)");
  EXPECT_EQ(message("lamina-33b", "network.bytes_per_second", "0"),
            "--set system.network.bytes_per_second=0: network.bytes_per_second: must be a number above 0 (got 0)");
  EXPECT_EQ(
      message("lamina-33b", "kv_cache.layout", "lazy"),
      "--set system.kv_cache.layout=lazy: kv_cache.layout: unknown name 'lazy'; known: contiguous, demand, paged");
  EXPECT_EQ(message("lamina-33b", "kv_cache.layout", "demand").substr(0, 60),
            "arch/systems/lamina-33b.yaml:10: kv_cache: missing key 'page");
  EXPECT_EQ(message("lamina-33b", "attention.arch", "fusemax-cloud"),
            "arch/systems/lamina-33b.yaml:6: attention: names a device and an arch; give one of them, and the other as "
            "null");
  EXPECT_NE(message("vllm-2xh100", "replicas", "2")
                .find("without `attention` the model's devices attend: replicas must be 1 and overlap false"),
            std::string::npos);
  EXPECT_NE(message("lamina-33b", "modle", "3").find("unknown key 'modle'; known: attention, batches_in_flight"),
            std::string::npos);
}

}  // namespace
}  // namespace attnsim::arch
