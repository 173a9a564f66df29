// The zip archive is libzip's matter; here are the headers and numbers of its members.
#include "sim/functional/npz.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <zip.h>

#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <memory>
#include <regex>

#include "common/error.h"

namespace attnsim::sim::functional {
namespace {

static_assert(std::endian::native == std::endian::little);

using Zip = std::unique_ptr<zip_t, decltype(&zip_discard)>;
using Member = std::unique_ptr<zip_file_t, decltype(&zip_fclose)>;

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr zip_uint64_t kMaxBytes = zip_uint64_t{1} << 33;

[[noreturn]] void fail(const std::string& where, const std::string& what) {
  throw common::InputError(common::Location{where, 0, ""}, what);
}

double from_float16(std::uint16_t bits) {
  const double sign = (bits & 0x8000) != 0 ? -1 : 1;
  const int exponent = bits >> 10 & 0x1f;
  const int fraction = bits & 0x3ff;
  if (exponent == 0x1f) return fraction != 0 ? std::nan("") : sign * INFINITY;
  return sign * std::ldexp(exponent == 0 ? fraction : fraction + 1024, std::max(exponent, 1) - 25);
}

template <typename Stored>
double value_at(const std::string& bytes, std::size_t offset) {
  Stored stored{};
  std::memcpy(&stored, bytes.data() + offset, sizeof(stored));
  if constexpr (std::is_same_v<Stored, std::uint16_t>) {
    return from_float16(stored);
  } else {
    return stored;
  }
}

template <typename Stored>
void read_values(const std::string& bytes, std::size_t offset, Array& array) {
  for (std::size_t i = 0; i < array.values.size(); ++i) {
    array.values[i] = value_at<Stored>(bytes, offset + i * sizeof(Stored));
  }
}

// One .npy: magic, version, length of the header, the header (a Python dict), the values.
Array parse(const std::string& bytes, const std::string& where) {
  if (bytes.size() < 12 || bytes.compare(0, kMagic.size(), kMagic) != 0) fail(where, "is no .npy array");
  const bool is_short = bytes[6] == 1;
  std::uint32_t length = 0;
  std::memcpy(&length, bytes.data() + 8, is_short ? 2 : 4);
  const std::size_t begin = is_short ? 10 : 12;
  if (bytes.size() < begin + length) fail(where, "ends within its header");
  const std::string header = bytes.substr(begin, length);
  std::smatch type;
  std::smatch shape;
  if (!std::regex_search(header, type, std::regex("'descr': *'([^']*)'")) ||
      !std::regex_search(header, shape, std::regex("'shape': *\\(([0-9, ]*)\\)"))) {
    fail(where, "has a header that is not understood");
  }
  if (header.find("'fortran_order': False") == std::string::npos) {
    fail(where, "is in Fortran order; save numpy.ascontiguousarray of it");
  }
  const std::map<std::string, std::size_t> sizes = {{"<f2", 2}, {"<f4", 4}, {"<f8", 8}};
  const auto size = sizes.find(type[1]);
  if (size == sizes.end()) {
    fail(where, fmt::format("has the type {}; it must be float16, float32 or float64", type[1].str()));
  }
  Array array;
  std::size_t count = 1;
  const std::string extents = shape[1];
  const std::regex number("[0-9]+");
  for (std::sregex_iterator it(extents.begin(), extents.end(), number); it != std::sregex_iterator(); ++it) {
    if (it->str().size() > 12) fail(where, "has an extent beyond reason");
    array.shape.push_back(std::stoll(it->str()));
    const auto extent = static_cast<std::size_t>(array.shape.back());
    if (extent != 0 && count > bytes.size() / extent) fail(where, "is shorter than its shape says");
    count *= extent;
  }
  if (bytes.size() != begin + length + count * size->second) fail(where, "is not as long as its shape says");
  array.values.resize(count);
  if (size->second == 2) read_values<std::uint16_t>(bytes, begin + length, array);
  if (size->second == 4) read_values<float>(bytes, begin + length, array);
  if (size->second == 8) read_values<double>(bytes, begin + length, array);
  return array;
}

std::string format(const Array& array) {
  const std::string trailing = array.shape.size() == 1 ? "," : "";
  std::string header = fmt::format("{{'descr': '<f4', 'fortran_order': False, 'shape': ({}{}), }}",
                                   fmt::join(array.shape, ", "), trailing);
  // The values begin at a multiple of 64 bytes.
  header.append(63 - (10 + header.size()) % 64, ' ');
  header += '\n';
  std::string bytes(kMagic);
  bytes += {'\x01', '\x00'};
  const auto length = static_cast<std::uint16_t>(header.size());
  bytes.append(reinterpret_cast<const char*>(&length), 2);
  bytes += header;
  for (const double value : array.values) {
    const auto narrow = static_cast<float>(value);
    bytes.append(reinterpret_cast<const char*>(&narrow), sizeof(narrow));
  }
  return bytes;
}

}  // namespace

Arrays read_npz(const std::filesystem::path& file) {
  int error = 0;
  const Zip zip(zip_open(file.c_str(), ZIP_RDONLY, &error), zip_discard);
  if (!zip) {
    zip_error_t details;
    zip_error_init_with_code(&details, error);
    const std::string message = zip_error_strerror(&details);
    zip_error_fini(&details);
    fail(file.string(), fmt::format("cannot be read as .npz ({}); write it with numpy.savez", message));
  }
  Arrays arrays;
  for (zip_int64_t i = 0; i < zip_get_num_entries(zip.get(), 0); ++i) {
    const auto index = static_cast<zip_uint64_t>(i);
    zip_stat_t stat;
    if (zip_stat_index(zip.get(), index, 0, &stat) != 0) fail(file.string(), "has a damaged directory");
    std::string name = stat.name;
    if (name.ends_with(".npy")) name.resize(name.size() - 4);
    const std::string where = file.string() + ": " + name;
    if (stat.size > kMaxBytes) fail(where, fmt::format("has more than {} bytes", kMaxBytes));
    std::string bytes(stat.size, '\0');
    const Member member(zip_fopen_index(zip.get(), index, 0), zip_fclose);
    if (!member || zip_fread(member.get(), bytes.data(), stat.size) != static_cast<zip_int64_t>(stat.size)) {
      fail(where, "is damaged");
    }
    arrays[name] = parse(bytes, where);
  }
  return arrays;
}

void write_npz(const std::filesystem::path& file, const Arrays& arrays) {
  int error = 0;
  Zip zip(zip_open(file.c_str(), ZIP_CREATE | ZIP_TRUNCATE, &error), zip_discard);
  if (!zip) fail(file.string(), "cannot be written");
  std::vector<std::string> members;  // libzip reads them when it closes
  members.reserve(arrays.size());
  constexpr std::time_t kEpoch = 315619200;  // 1980-01-02, in the oldest year that zip knows in every time zone
  for (const auto& [name, array] : arrays) {
    const std::string& bytes = members.emplace_back(format(array));
    zip_source_t* source = zip_source_buffer(zip.get(), bytes.data(), bytes.size(), 0);
    const zip_int64_t index = zip_file_add(zip.get(), (name + ".npy").c_str(), source, ZIP_FL_OVERWRITE);
    if (index < 0) fail(file.string(), zip_strerror(zip.get()));
    zip_set_file_compression(zip.get(), static_cast<zip_uint64_t>(index), ZIP_CM_STORE, 0);
    zip_file_set_mtime(zip.get(), static_cast<zip_uint64_t>(index), kEpoch, 0);
  }
  if (zip_close(zip.get()) != 0) fail(file.string(), fmt::format("cannot be written ({})", zip_strerror(zip.get())));
  static_cast<void>(zip.release());
}

}  // namespace attnsim::sim::functional
