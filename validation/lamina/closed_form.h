// Lamina's cost model as formulas, written from the paper alone (arXiv 2405.01814): it shares no code with the
// simulator that it is held against. A decode step of one batch, all contexts equally long.
#pragma once

namespace attnsim::validation::lamina {

struct Device {
  double flops = 0;  // a second
  double bytes = 0;  // a second, of its memory
  double link = 0;   // bytes a second
};

// The model: N parameters, d hidden size, L layers, G query heads a KV head, e bytes a value.
struct Model {
  double parameters = 0;
  double hidden = 0;
  double layers = 0;
  double group = 1;
};

// What a real stack adds to the rooflines.
struct Constants {
  double memory = 1;             // share of the bandwidth that reading weights reaches
  double attention = 1;          // that reading keys and values reaches
  double compute = 1;            // share of the peak
  double unhidden = 0;           // of the shorter of two times
  double layer_seconds = 0;      // launches of a layer's kernels
  double attention_seconds = 0;  // launch of attention
  double hop_seconds = 0;        // of an all-reduce
  double link = 1;
  double round_trip_seconds = 0;  // of the network, a layer
  double network = 0;             // bytes a second
};

struct Setting {
  Model model;
  Device model_device, attention_device;
  double a = 1;  // model devices
  double b = 1;  // attention devices
  double batch = 1;
  double context = 1;
  Constants constants;
};

struct Parts {
  double model = 0;  // seconds
  double attention = 0;
  double network = 0;
  double sum() const { return model + attention + network; }
};

Parts step(const Setting& setting);

// From step to step with n batches of this size in flight on n - 1 replicas, n at least 2.
double pipelined_step(const Setting& setting, double n);

// Bytes a second that each model device must send and receive so that the network takes a part `slack` of the rest.
double least_bandwidth(const Setting& setting, double slack);

}  // namespace attnsim::validation::lamina
